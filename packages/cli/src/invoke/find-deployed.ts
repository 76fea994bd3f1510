import { resolve } from "node:path";
import { type ResolvedFunction, type ResolvedPlan, resolvePlan, type TargetName } from "@tricast/plan";
import { readDeployed } from "../deploy/deployed.ts";
import type { Env } from "../io.ts";
import type { LoadedConfig } from "../load-config.ts";
import { invalidOption } from "../usage-error.ts";
import { type Authorization, authorizationFor, type Keys } from "./authorize.ts";

/** A predictor on a target. */
export interface DeployedFunction {
  readonly plan: ResolvedPlan;
  readonly fn: ResolvedFunction;
  /** Folder of the configuration. */
  readonly folder: string;
}

/** @throws {TricastError} `invalid-option` if the predictor does not run on the target. */
export function findDeployed(
  { config, folder }: LoadedConfig,
  target: TargetName,
  predictor: string,
  stage: string | undefined,
): DeployedFunction {
  const plan = resolvePlan(config, stage);
  const fn = plan[target]?.functions.find((one) => one.predictor === predictor);
  if (fn !== undefined) return { plan, fn, folder };
  throw invalidOption(
    `${predictor} does not run on ${target} in stage ${plan.stage}; add it under targets.${target} of the configuration`,
  );
}

/**
 * The URL of the last deployment, with the credentials that the endpoint requires.
 * @throws {TricastError} `invalid-option` without a deployment or an endpoint; `credentials-missing`.
 */
export function liveEndpoint(
  { plan, fn, folder }: DeployedFunction,
  { artefacts, ...keys }: Keys & { readonly artefacts: string },
  env: Env,
): { readonly url: string; readonly authorization: Authorization } {
  const url = readDeployed(resolve(folder, artefacts), fn.target, plan.stage).endpoints[fn.predictor];
  if (url === undefined) {
    throw invalidOption(
      `${fn.name} was deployed without an endpoint, so it has no URL; add an endpoint and deploy again`,
    );
  }
  const endpoint = fn.endpoint ?? { kind: "http", auth: "none" };
  return { url, authorization: authorizationFor(fn.target, endpoint, plan, { env, ...keys }) };
}
