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

/** @param type the type without `AWS::`. @param more members between the type and the properties. */
export function resource(
  type: string,
  properties: CloudFormationResource["Properties"],
  more: Pick<CloudFormationResource, "DependsOn" | "UpdatePolicy"> = {},
): CloudFormationResource {
  return { Type: `AWS::${type}`, ...more, Properties: properties };
}

/** Joins sets of resources. A later resource replaces one with the same id. */
export function merge(all: readonly Resources[]): Resources {
  return Object.assign({}, ...all);
}

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

/** An ARN. @param rest the part after the partition: `s3:::bucket`. */
export function arn(rest: string): Intrinsic {
  return sub(`arn:\${AWS::Partition}:${rest}`);
}

/** An ARN in the region and account of the stack. */
export function ownArn(service: string, rest: string): Intrinsic {
  return arn(`${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`);
}

/** A statement of a policy. */
export interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
  readonly Condition?: unknown;
}

export function allow(actions: readonly string[], on: unknown, condition?: unknown): Statement {
  const statement = { Effect: "Allow", Action: actions, Resource: [on] } as const;
  return condition === undefined ? statement : { ...statement, Condition: condition };
}

/** A role for a service of AWS. */
export function serviceRole(service: string, properties: Readonly<Record<string, unknown>>): CloudFormationResource {
  const assume = { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" };
  return resource("IAM::Role", {
    AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [assume] },
    ...properties,
  });
}

/** The policies of a role with one policy; no property without statements. */
export function inlinePolicy(name: string, statements: readonly Statement[]): Readonly<Record<string, unknown>> {
  if (statements.length === 0) return {};
  return { Policies: [{ PolicyName: name, PolicyDocument: { Version: "2012-10-17", Statement: statements } }] };
}
