import type { Target } from "../files.ts";
import { awsLambda } from "./aws-lambda.ts";
import { awsLambdaImage } from "./aws-lambda-image.ts";
import { azureFunctions } from "./azure-functions.ts";
import { cloudFunctions } from "./cloud-functions.ts";
import { container } from "./container.ts";
import type { TargetRules } from "./target.ts";

/** The rules of every target, in the order they are built. */
export const TARGETS: Readonly<Record<Target, TargetRules>> = {
  "aws-lambda": awsLambda,
  "aws-lambda-image": awsLambdaImage,
  "azure-functions": azureFunctions,
  "cloud-functions": cloudFunctions,
  container,
};

export const TARGET_NAMES = Object.keys(TARGETS) as Target[];
