import { BUDGETS } from "../budget/budget.ts";
import { lambdaSettings } from "../image/image-options.ts";
import { awsLambda } from "./aws-lambda.ts";
import { hasRuntimeClient, runtimeClientEntrypoint, runtimeClientParts } from "./runtime-client.ts";
import { modelInStore, type TargetRules } from "./target-rules.ts";

/** The files of a function's zip, in an image. */
export const awsLambdaImage: TargetRules = {
  ...awsLambda,
  // The base decides. Where one is set, its glibc is compared.
  system: { name: "AWS Lambda (image)", glibc: undefined },
  budget: BUDGETS.lambdaImage,
  extraParts: async ({ base, root }, system) =>
    base === undefined || hasRuntimeClient(base) ? { files: [], packages: [] } : runtimeClientParts(root, system),
  image: {
    // AWS's base has the runtime client as its entrypoint.
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
  waysOut: () => [modelInStore("s3://bucket/models/name")],
};
