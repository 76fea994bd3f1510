/** Logical ids of the resources of one function. They begin like the ids of the Serverless Framework. */
export type FunctionIds = ReturnType<typeof functionIds>;

/**
 * Ids of a function by its name in `serverless.yml`.
 *
 * Serverless upper-cases the first letter and spells dashes and underscores out (lib/plugins/aws/lib/naming.js of
 * Serverless v3 and osls 4, `getNormalizedResourceName`).
 */
export function functionIds(name: string) {
  const prefix = capitalised(name.replaceAll("-", "Dash").replaceAll("_", "Underscore"));
  return {
    /** The name in ids of Serverless: `MyDashiris` for `my-iris`. */
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

/** A part of a logical id, which has only letters and digits: `OfficeHours` for `office-hours`. */
export function idPart(words: string): string {
  return words
    .split(/[^A-Za-z0-9]+/)
    .map(capitalised)
    .join("");
}

function capitalised(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
