import { type ResolvedPlan, renderServerless, resolvePlan, stagesOf } from "@tricast/plan";
import config from "../../tricast.config.ts";
import type { GeneratedFile } from "./generated-file.ts";

/** This repository's AWS deployment, in every stage of its configuration. */
export function serverlessService(): readonly GeneratedFile[] {
  return renderServerless(everyStage(), {
    plugins: ["serverless-offline"],
    comment: [
      'Made by "npm run gen" from tricast.config.ts, in the form that a person would write.',
      "  npx serverless package                  everything that a deployment needs, without an account",
      "  npx serverless offline                  the three predictors on this machine",
      "  npx serverless deploy --stage prod",
    ],
  });
}

function everyStage(): readonly ResolvedPlan[] {
  return stagesOf(config).map((stage) => resolvePlan(config, stage));
}
