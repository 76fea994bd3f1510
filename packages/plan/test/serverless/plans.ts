import { type Config, type ResolvedPlan, resolvePlan, type Settings } from "@tricast/plan";

/** One predictor on AWS, with these settings. */
export function planOf(settings: Settings, stage = "dev"): ResolvedPlan {
  return resolvePlan(configOf({ iris: settings }), stage);
}

export function configOf(predictors: Config["predictors"]): Config {
  return { service: "flowers", predictors, targets: { aws: { region: "eu-central-1" } } };
}
