import { resolve } from "node:path";
import { TricastError } from "@tricast/core";
import { didYouMean } from "@tricast/core/adapter";
import type { Config, ResolvedFunction, ResolvedPlan, TargetName } from "@tricast/plan";
import { readDeployed } from "../deploy/deployed.ts";

/** The predictor that is meant: the named one, or the only one. @throws {TricastError} `invalid-option`. */
export function choosePredictor({ predictors }: Config, given: string | undefined): string {
  const known = Object.keys(predictors);
  if (given === undefined && known.length === 1) return known[0] as string;
  if (given !== undefined && known.includes(given)) return given;
  const what = given === undefined ? "which predictor is not said" : `there is no predictor "${given}"`;
  const fix = didYouMean(given ?? "", known, `give --predictor with one of ${known.join(", ")}`);
  throw new TricastError("invalid-option", `${what}; ${fix}`);
}

/** The folder of a predictor. */
export function entryOf({ predictors }: Config, predictor: string, folder: string): string {
  return resolve(folder, predictors[predictor]?.entry ?? `handlers/${predictor}`);
}

/** A predictor on a target. @throws {TricastError} `invalid-option` where it does not run there. */
export function functionOf(plan: ResolvedPlan, target: TargetName, predictor: string): ResolvedFunction {
  const found = plan[target]?.functions.find((fn) => fn.predictor === predictor);
  if (found !== undefined) return found;
  throw new TricastError(
    "invalid-option",
    `${predictor} does not run on ${target} in stage ${plan.stage}; add it under targets.${target} of the configuration`,
  );
}

/** Where a deployed predictor is. @throws {TricastError} `invalid-option` where it has no endpoint, or is not deployed. */
export function endpointUrl(artefacts: string, { stage }: ResolvedPlan, fn: ResolvedFunction): string {
  const url = readDeployed(artefacts, fn.target, stage).endpoints[fn.predictor];
  if (url !== undefined) return url;
  throw new TricastError("invalid-option", `${fn.name} was deployed without an endpoint; there is no URL to call`);
}

/** The region that requests to a target are signed for. */
export function regionOf({ aws }: ResolvedPlan): string {
  return aws?.region ?? "";
}
