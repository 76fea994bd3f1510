import { TricastError, WARMUP_HEADER } from "@tricast/core";
import type { ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import { type Authorization, authorize } from "../live/authorize.ts";
import { predictUrl } from "../live/call-live.ts";
import { lambdaApi } from "../live/lambda-api.ts";
import { regionOf } from "../live/locate.ts";
import { type FanOutResult, fanOut, toEvent } from "./fan-out.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Warms instances of the alias through Lambda's own API. */
export function warmLambda(
  plan: ResolvedPlan,
  { name }: ResolvedFunction,
  concurrency: number,
  env: Env,
): Promise<FanOutResult> {
  const api = lambdaApi(regionOf(plan), env);
  const alias = plan.aws?.alias ?? "";
  return fanOut({
    concurrency,
    sendAll: (pings) =>
      Promise.all(pings.map(async (ping) => instanceOf(await api.invoke(name, alias, toEvent(ping)), "serverId"))),
  });
}

export interface HttpWarmup {
  readonly url: string;
  readonly concurrency: number;
  readonly authorization: Authorization;
  readonly env: Env;
}

/** Warms instances over HTTP, with the secret that the function has too. @throws {TricastError} `credentials-missing`. */
export function warmOverHttp({ url, concurrency, authorization, env }: HttpWarmup): Promise<FanOutResult> {
  const secret = env.TRICAST_WARMUP_SECRET;
  if (!secret) {
    throw new TricastError(
      "credentials-missing",
      "pings over HTTP carry a secret, and TRICAST_WARMUP_SECRET is not set; set it to what the function has",
    );
  }
  const headers = { [WARMUP_HEADER]: secret, [`${WARMUP_HEADER}-concurrency`]: String(concurrency) };
  const ping = () => pingOnce(url, headers, authorization, env);
  return fanOut({ concurrency, canHold: false, sendAll: (pings) => Promise.all(pings.map(ping)) });
}

async function pingOnce(
  base: string,
  headers: Readonly<Record<string, string>>,
  authorization: Authorization,
  env: Env,
): Promise<string> {
  const url = predictUrl(base);
  const body = "{}";
  const request = { method: "POST", url, headers: { "content-type": "application/json", ...headers }, body };
  const authorized = await authorize(request, authorization, env);
  const response = await fetch(url, { method: "POST", headers: authorized, body });
  const report: unknown = await response.json().catch(() => undefined);
  if (response.ok) return instanceOf(report, "instance");
  throw new TricastError(
    "endpoint-unreachable",
    `${url.href} answered a ping with ${response.status} (${JSON.stringify(report)?.slice(0, 200)}); is TRICAST_WARMUP_SECRET the function's own?`,
  );
}

function instanceOf(answer: unknown, key: "serverId" | "instance"): string {
  const instance = (answer as Readonly<Record<string, unknown>> | undefined)?.[key];
  if (typeof instance === "string") return instance;
  throw new TricastError(
    "deploy-failed",
    `a ping was answered with ${JSON.stringify(answer)?.slice(0, 200)}, which no predictor of tricast says; does its handler come from @tricast?`,
  );
}
