import { setTimeout } from "node:timers/promises";
import { isTricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import type { ResolvedEndpoint } from "@tricast/plan";
import { authorizationFor } from "../invoke/authorize.ts";
import { callEndpoint, type InvokeAnswer } from "../invoke/call-endpoint.ts";
import { importPredictor } from "../invoke/call-local.ts";
import { entryOf, regionOf } from "../invoke/find-predictor.ts";
import { type Deployment, functionsOf } from "./deploy-tool.ts";

/** How one request to a predictor was answered. */
export interface SmokeResult {
  readonly predictor: string;
  readonly url: string;
  /** Its number; `undefined` for the request without credentials, which is good when it is refused. */
  readonly example: number | undefined;
  readonly ok: boolean;
  readonly answer: InvokeAnswer | undefined;
  /** What is wrong, where something is. */
  readonly problem: string | undefined;
}

export interface SmokeKeys {
  readonly apiKey: string | undefined;
  readonly token: string | undefined;
}

/** Between requests without credentials that were let in: a permission that is taken away holds for some time. */
const PAUSES_MS = [5_000, 10_000, 20_000, 30_000];

/**
 * Sends every example of every deployed predictor to its live endpoint; where that asks for credentials also a request
 * without any. What a tool deployed may be more open than the plan: a `serverless.yml` or a handler can say otherwise.
 */
export async function smokeTest(
  deployment: Deployment,
  endpoints: Readonly<Record<string, string>>,
  keys: SmokeKeys,
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

/** The first answer that is not the predictor's own, else the last one. */
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

/** Every gateway and host answers one of these before the predictor sees the request. */
function refusalProblem({ status }: InvokeAnswer): string | undefined {
  if (status === 401 || status === 403) return undefined;
  return `answered ${status} to a caller without credentials, and the plan's endpoint.auth asks for some`;
}

interface TestedEndpoint {
  readonly predictor: string;
  readonly endpoint: ResolvedEndpoint;
  readonly url: string;
}

/** One after the other, so that the first meets a cold instance and the others a warm one. */
async function tryExamples(
  { config, folder, target, plan, env }: Deployment,
  { predictor, endpoint, url }: TestedEndpoint,
  keys: SmokeKeys,
): Promise<readonly SmokeResult[]> {
  const { definition } = await importPredictor(entryOf(config, predictor, folder));
  const results: SmokeResult[] = [];
  for (const [example, input] of (definition.examples ?? []).entries()) {
    const call = () => {
      const authorization = authorizationFor(target, endpoint, regionOf(plan), { env, ...keys });
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
  if (attempt.url === "") return { ...attempt, ok: false, answer: undefined, problem: "the tool names no URL for it" };
  try {
    const answer = await call();
    const problem = findProblem(answer);
    return { ...attempt, ok: problem === undefined, answer, problem };
  } catch (error) {
    if (!isTricastError(error)) throw error;
    return { ...attempt, ok: false, answer: undefined, problem: messageOf(error) };
  }
}

/** A predictor of ours answers 200 and names its instance; a gateway's or a host's own page does not. */
function problemOf({ status, body, instance }: InvokeAnswer): string | undefined {
  if (status !== 200) return `answered ${status}: ${(JSON.stringify(body) ?? "").slice(0, 300)}`;
  return instance === undefined
    ? "something else than the predictor answered: x-tricast-instance is missing"
    : undefined;
}
