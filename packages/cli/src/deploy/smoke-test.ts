import { isTricastError, messageOf } from "@tricast/core";
import { authorizationFor } from "../live/authorize.ts";
import { callLive, type LiveAnswer } from "../live/call-live.ts";
import { importPredictor } from "../live/call-local.ts";
import { entryOf, regionOf } from "../live/locate.ts";
import { type Deployment, functionsOf } from "./deploy-tool.ts";

/** How one example of a predictor was answered. */
export interface SmokeResult {
  readonly predictor: string;
  readonly url: string;
  readonly example: number;
  readonly ok: boolean;
  readonly answer: LiveAnswer | undefined;
  /** What is wrong, where something is. */
  readonly problem: string | undefined;
}

export interface SmokeKeys {
  readonly apiKey: string | undefined;
  readonly token: string | undefined;
}

/** Sends every example of every deployed predictor to its live endpoint. */
export async function smokeTest(
  deployment: Deployment,
  endpoints: Readonly<Record<string, string>>,
  keys: SmokeKeys,
): Promise<readonly SmokeResult[]> {
  const results: SmokeResult[] = [];
  for (const fn of functionsOf(deployment)) {
    if (fn.endpoint === undefined) continue;
    const url = endpoints[fn.predictor] ?? "";
    const predictor = await importPredictor(entryOf(deployment.config, fn.predictor, deployment.folder));
    const { examples = [] } = predictor.definition;
    for (const [example, input] of examples.entries()) {
      results.push(
        await tryOnce({ predictor: fn.predictor, url, example }, async () => {
          const { env } = deployment;
          const { target, plan } = deployment;
          const endpoint = fn.endpoint ?? { kind: "http", auth: "none" };
          const authorization = authorizationFor(target, endpoint, regionOf(plan), { env, ...keys });
          return callLive({ url, body: JSON.stringify(input), env, authorization });
        }),
      );
    }
  }
  return results;
}

type Attempt = Pick<SmokeResult, "predictor" | "url" | "example">;

async function tryOnce(attempt: Attempt, call: () => Promise<LiveAnswer>): Promise<SmokeResult> {
  if (attempt.url === "") return { ...attempt, ok: false, answer: undefined, problem: "the tool names no URL for it" };
  try {
    const answer = await call();
    const problem = problemOf(answer);
    return { ...attempt, ok: problem === undefined, answer, problem };
  } catch (error) {
    if (!isTricastError(error)) throw error;
    return { ...attempt, ok: false, answer: undefined, problem: messageOf(error) };
  }
}

/** A predictor of ours answers 200 and names its instance; a gateway's or a host's own page does not. */
function problemOf({ status, body, instance }: LiveAnswer): string | undefined {
  if (status !== 200) return `answered ${status}: ${(JSON.stringify(body) ?? "").slice(0, 300)}`;
  return instance === undefined
    ? "something else than the predictor answered: x-tricast-instance is missing"
    : undefined;
}
