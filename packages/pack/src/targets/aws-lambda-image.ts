import { BUDGETS } from "../budget/budget.ts";
import { lambdaSettings } from "../image/image-options.ts";
import { awsLambda } from "./aws-lambda.ts";
import { hasRuntimeClient, runtimeClientEntrypoint, runtimeClientParts } from "./runtime-client.ts";
import type { TargetRules } from "./target-rules.ts";

/** The same folder as a function's zip, in an image. */
export const awsLambdaImage: TargetRules = {
  ...awsLambda,
  // The base decides; where one is given, its glibc counts.
  system: { ...awsLambda.system, name: "AWS Lambda (image)", glibc: undefined },
  budget: BUDGETS.lambdaImage,
  extraParts: async ({ base, root }, system) =>
    base === undefined || hasRuntimeClient(base) ? { files: [], packages: [] } : runtimeClientParts(root, system),
  image: {
    // AWS's own, which has the runtime client as its entrypoint.
    defaultBase: "public.ecr.aws/lambda/nodejs:24",
    host: "aws-lambda",
    settings: ({ name, base, root }) => {
      const settings = lambdaSettings({ handler: "index.handler", title: name });
      const isBare = base !== undefined && !hasRuntimeClient(base);
      return isBare ? { ...settings, entrypoint: runtimeClientEntrypoint(root, settings.root) } : settings;
    },
  },
  zipName: undefined,
  hasLayers: false,
  waysOut: () => ["a model in a store, such as s3://bucket/models/name: instances fetch it while they start"],
};
