import { BUDGETS } from "../budget/budget.ts";
import { modelInStore, type TargetRules } from "./target-rules.ts";

/** A function's zip, or its zip and layers. */
export const awsLambda: TargetRules = {
  archs: ["x64", "arm64"],
  archRule: "Lambda runs both",
  entry: "aws-lambda",
  entryExample:
    'import { lambda } from "@tricast/aws-lambda"; import predictor from "./predict.ts"; export const handler = lambda(predictor);',
  whatIsMissing: 'has no export "handler"',
  external: [],
  formats: ["cjs", "esm"],
  // The runtime client splits the handler string at the first dot, so the name has one dot.
  mainFile: (format) => (format === "esm" ? "index.mjs" : "index.js"),
  // docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, nodejs22.x and nodejs24.x
  system: { name: "AWS Lambda (Amazon Linux 2023)", glibc: "2.34" },
  budget: BUDGETS.lambda,
  zipName: "function.zip",
  hasLayers: true,
  hasCodeCache: true,
  oneAtATime: true,
  // Layers do not help: their size counts towards the function's.
  waysOut: (arch) => [
    ...(arch === "x64" ? ["--arch arm64: its runtime is 20 MB smaller"] : []),
    "tricast build aws-lambda-image: the limit of an image is 10 GB",
    modelInStore("s3://bucket/models/name"),
  ],
  loadQuestion: (folder, { main }) => ({ kind: "lambda", folder, file: main, name: "handler" }),
  settings: ({ arch }) => ({
    handler: "index.handler",
    runtime: "nodejs24.x",
    architecture: arch === "x64" ? "x86_64" : "arm64",
  }),
};
