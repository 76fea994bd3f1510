/** One resource of a CloudFormation template. */
export interface CloudFormationResource {
  readonly Type: string;
  readonly DependsOn?: string | readonly string[];
  readonly UpdatePolicy?: Readonly<Record<string, unknown>>;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** Resources by logical id. */
export type Resources = Readonly<Record<string, CloudFormationResource>>;

export type Intrinsic =
  | { readonly Ref: string }
  | { readonly "Fn::GetAtt": readonly [string, string] }
  | { readonly "Fn::Sub": string }
  | { readonly "Fn::Join": readonly [string, readonly unknown[]] };

export function ref(logicalId: string): Intrinsic {
  return { Ref: logicalId };
}

export function getAtt(logicalId: string, attribute: string): Intrinsic {
  return { "Fn::GetAtt": [logicalId, attribute] };
}

/** Text with `${...}` parts that CloudFormation fills in. */
export function sub(text: string): Intrinsic {
  return { "Fn::Sub": text };
}

export function join(...parts: readonly unknown[]): Intrinsic {
  return { "Fn::Join": ["", parts] };
}

/** A role that a service of AWS takes on. */
export function serviceRole(service: string, properties: Readonly<Record<string, unknown>>): CloudFormationResource {
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
      },
      ...properties,
    },
  };
}
