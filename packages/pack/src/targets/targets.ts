import { awsLambda } from "./aws-lambda.ts";
import { awsLambdaImage } from "./aws-lambda-image.ts";
import { azureFunctions } from "./azure-functions.ts";
import { cloudFunctions } from "./cloud-functions.ts";
import { container } from "./container.ts";
import type { TargetRules } from "./target-rules.ts";

/** The rules of every target, in the order of the builds. Other lists of targets derive from it. */
export const TARGETS = {
  "aws-lambda": awsLambda,
  "aws-lambda-image": awsLambdaImage,
  "azure-functions": azureFunctions,
  "cloud-functions": cloudFunctions,
  container,
} as const satisfies Readonly<Record<string, TargetRules>>;

export type Target = keyof typeof TARGETS;

export const TARGET_NAMES = Object.keys(TARGETS) as readonly Target[];
