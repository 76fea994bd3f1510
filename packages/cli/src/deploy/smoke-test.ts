import { setTimeout } from "node:timers/promises";
import { isTricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import type { ResolvedEndpoint } from "@tricast/plan";
import { authorizationFor, type Keys } from "../invoke/authorize.ts";
import { callEndpoint, type InvokeAnswer } from "../invoke/call-endpoint.ts";
import { importPredictor } from "../invoke/call-local.ts";
import { entryOf } from "../invoke/find-predictor.ts";
import { type Deployment, functionsOf } from "./deploy-tool.ts";

/** The result of one request to a predictor. */
export interface SmokeResult {
  readonly predictor: string;
  readonly url: string;
  /** Number of the example. `undefined` for the request without credentials, which must be refused. */
  readonly example: number | undefined;
  readonly ok: boolean;
  readonly answer: InvokeAnswer | undefined;
  /** Set if the request failed. */
  readonly problem: string | undefined;
}

/** Pauses between requests without credentials: a permission that was removed still applies for some time. */
const PAUSES_MS = [5_000, 10_000, 20_000, 30_000];

/**
 * Sends every example of every deployed predictor to its live endpoint, and a request without credentials if the
 * endpoint requires credentials: a `serverless.yml` or a handler can open an endpoint that the plan protects.
 */
export async function smokeTest(
  deployment: Deployment,
  endpoints: Readonly<Record<string, string>>,
  keys: Keys,
  pausesMs: readonly number[] = PAUSES_MS,
): Promise<readonly SmokeResult[]> {
  const results: SmokeResult[] = [];
  for (const { predictor, endpoint } of functionsOf(deployment)) {
    if (endpoint === undefined) continue;
    const tested = { predictor, endpoint, url: endpoints[predictor] ?? "" };
    results.push(...(await tryExamples(deployment, tested, keys)));
    if (endpoint.auth !== "none") results.push(await tryAsStranger(deployment, tested, pausesMs));
  }
  return results;
}

/** Repeats the request while the predictor itself answers. */
async function tryAsStranger(
  { env }: Deployment,
  { predictor, url }: TestedEndpoint,
  pausesMs: readonly number[],
): Promise<SmokeResult> {
  const call = () => callEndpoint({ url, body: "{}", env, authorization: { kind: "none" } });
  const attempt = () => tryOnce({ predictor, url, example: undefined }, call, refusalProblem);
  let result = await attempt();
  for (const pauseMs of pausesMs) {
    if (result.ok || result.answer?.instance === undefined) break;
    await setTimeout(pauseMs);
    result = await attempt();
  }
  return result;
}

/** Every gateway and host refuses with 401 or 403, before the predictor gets the request. */
function refusalProblem({ status }: InvokeAnswer): string | undefined {
  if (status === 401 || status === 403) return undefined;
  return `answered ${status} to a request without credentials, but endpoint.auth of the plan requires credentials`;
}

interface TestedEndpoint {
  readonly predictor: string;
  readonly endpoint: ResolvedEndpoint;
  readonly url: string;
}

/** One after the other, so that the first example meets a cold instance and the others a warm one. */
async function tryExamples(
  { config, folder, target, plan, env }: Deployment,
  { predictor, endpoint, url }: TestedEndpoint,
  keys: Keys,
): Promise<readonly SmokeResult[]> {
  const { definition } = await importPredictor(entryOf(config, predictor, folder));
  const results: SmokeResult[] = [];
  for (const [example, input] of (definition.examples ?? []).entries()) {
    const call = () => {
      const authorization = authorizationFor(target, endpoint, plan, { env, ...keys });
      return callEndpoint({ url, body: JSON.stringify(input), env, authorization });
    };
    results.push(await tryOnce({ predictor, url, example }, call, problemOf));
  }
  return results;
}

type Attempt = Pick<SmokeResult, "predictor" | "url" | "example">;

async function tryOnce(
  attempt: Attempt,
  call: () => Promise<InvokeAnswer>,
  findProblem: (answer: InvokeAnswer) => string | undefined,
): Promise<SmokeResult> {
  if (attempt.url === "") return { ...attempt, ok: false, answer: undefined, problem: "the tool reported no URL" };
  try {
    const answer = await call();
    const problem = findProblem(answer);
    return { ...attempt, ok: problem === undefined, answer, problem };
  } catch (error) {
    if (!isTricastError(error)) throw error;
    return { ...attempt, ok: false, answer: undefined, problem: messageOf(error) };
  }
}

/** A tricast predictor answers 200 with the id of its instance. The page of a gateway or host has no such id. */
function problemOf({ status, body, instance }: InvokeAnswer): string | undefined {
  if (status !== 200) return `answered ${status}: ${(JSON.stringify(body) ?? "").slice(0, 300)}`;
  return instance === undefined ? "the response is not from the predictor: x-tricast-instance is missing" : undefined;
}
