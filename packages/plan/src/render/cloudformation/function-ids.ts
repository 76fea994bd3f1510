/** Logical ids of what belongs to one function, which begin as the Serverless Framework begins its own. */
export type FunctionIds = ReturnType<typeof functionIds>;

/**
 * Ids of a function by the name it has in `serverless.yml`.
 *
 * Serverless upper-cases the first letter and spells dashes and underscores out (lib/plugins/aws/lib/naming.js of
 * Serverless v3 and osls 4, `getNormalizedResourceName`).
 */
export function functionIds(name: string) {
  const spelled = name.replaceAll("-", "Dash").replaceAll("_", "Underscore");
  const prefix = spelled.slice(0, 1).toUpperCase() + spelled.slice(1);
  return {
    /** The name as Serverless writes it in ids: `my-iris` is `MyDashiris`. */
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
