import { BUDGETS } from "../budget/budget.ts";
import { lambdaSettings } from "../image/index.ts";
import { awsLambda } from "./aws-lambda.ts";
import type { TargetRules } from "./target.ts";

/** The same folder as a function's zip, in an image. */
export const awsLambdaImage: TargetRules = {
  ...awsLambda,
  target: "aws-lambda-image",
  // Whatever base the image has; it is checked when the image is built.
  system: { ...awsLambda.system, name: "AWS Lambda (image)", glibc: undefined },
  budget: BUDGETS.lambdaImage,
  image: ({ name }) => ({
    // AWS's own, which has the runtime client as its entrypoint.
    defaultBase: "public.ecr.aws/lambda/nodejs:24",
    host: "aws-lambda",
    settings: lambdaSettings({ handler: "index.handler", title: name }),
  }),
  zipName: undefined,
  hasLayers: false,
  waysOut: ["a model in a store, such as s3://bucket/models/name: instances fetch it while they start"],
};
