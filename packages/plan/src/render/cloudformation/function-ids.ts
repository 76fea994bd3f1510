/** Logical ids of what belongs to one function, beginning as the Serverless Framework begins its own. */
export interface FunctionIds {
  /** The name as Serverless writes it in ids: `my-iris` is `MyDashiris`. */
  readonly prefix: string;
  readonly function: string;
  readonly alias: string;
  readonly logGroup: string;
  readonly role: string;
  readonly scalableTarget: string;
  readonly scalingPolicy: string;
  readonly deploymentGroup: string;
}

/**
 * Ids of a function by the name it has in `serverless.yml`.
 *
 * Serverless upper-cases the first letter and spells dashes and underscores out (lib/plugins/aws/lib/naming.js of
 * Serverless v3 and osls 4, `getNormalizedResourceName`).
 */
export function functionIds(name: string): FunctionIds {
  const spelled = name.replaceAll("-", "Dash").replaceAll("_", "Underscore");
  const prefix = spelled.slice(0, 1).toUpperCase() + spelled.slice(1);
  return {
    prefix,
    function: `${prefix}LambdaFunction`,
    alias: `${prefix}LambdaAlias`,
    logGroup: `${prefix}LogGroup`,
    role: `${prefix}LambdaRole`,
    scalableTarget: `${prefix}ScalableTarget`,
    scalingPolicy: `${prefix}ScalingPolicy`,
    deploymentGroup: `${prefix}DeploymentGroup`,
  };
}

/** `office-hours` as a part of a logical id, which has letters and digits only. */
export function idPart(words: string): string {
  return words
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}
