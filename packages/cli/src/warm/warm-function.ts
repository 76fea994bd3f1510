import { TricastError } from "@tricast/core";
import { WARMUP_HEADER } from "@tricast/core/adapter";
import type { ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import { type Authorization, authorize } from "../invoke/authorize.ts";
import { predictUrl } from "../invoke/call-endpoint.ts";
import { lambdaApi } from "../invoke/lambda-api.ts";
import type { Env } from "../io.ts";
import { type FanOutPing, type FanOutResult, fanOut, toEvent } from "./fan-out.ts";

/** Warms instances of the alias through Lambda's own API. */
export function warmLambda(
  plan: ResolvedPlan,
  { name }: ResolvedFunction,
  concurrency: number,
  env: Env,
): Promise<FanOutResult> {
  const { region = "", alias = "" } = plan.aws ?? {};
  const api = lambdaApi(region, env);
  return fanOut({
    concurrency,
    sendAll: (pings) =>
      Promise.all(pings.map(async (ping) => instanceOf(await api.invoke(name, alias, toEvent(ping)), "serverId"))),
  });
}

export interface HttpWarmup {
  readonly url: string;
  readonly concurrency: number;
  /** Whether an instance serves one request at a time. If so, pings that hold cannot share an instance. */
  readonly isOneAtATime: boolean;
  readonly authorization: Authorization;
  readonly env: Env;
}

/** Warms instances over HTTP, with the function's warmup secret. @throws {TricastError} `credentials-missing`. */
export function warmOverHttp(warmup: HttpWarmup): Promise<FanOutResult> {
  const { concurrency, isOneAtATime, env } = warmup;
  const secret = env.TRICAST_WARMUP_SECRET;
  if (!secret) {
    throw new TricastError(
      "credentials-missing",
      "TRICAST_WARMUP_SECRET is not set, which pings over HTTP need; set it to the function's value",
    );
  }
  const sendAll = (pings: readonly FanOutPing[]) =>
    Promise.all(pings.map((ping) => pingOnce(warmup, toHeaders(ping, secret))));
  return fanOut({ concurrency, canHold: isOneAtATime, sendAll });
}

/** The ping as a request: docs/reference/warmup.md, "Over HTTP". */
function toHeaders({ concurrency, holdMs }: FanOutPing, secret: string): Readonly<Record<string, string>> {
  return {
    [WARMUP_HEADER]: secret,
    [`${WARMUP_HEADER}-concurrency`]: String(concurrency),
    [`${WARMUP_HEADER}-hold`]: String(holdMs),
  };
}

async function pingOnce(
  { url: base, authorization, env }: HttpWarmup,
  ping: Readonly<Record<string, string>>,
): Promise<string> {
  const url = predictUrl(base);
  const body = "{}";
  const headers = { "content-type": "application/json", ...ping };
  const authorized = await authorize({ method: "POST", url, headers, body }, authorization, env);
  const response = await fetch(url, { method: "POST", headers: authorized, body });
  const report: unknown = await response.json().catch(() => undefined);
  if (response.ok) return instanceOf(report, "instance");
  throw new TricastError(
    "endpoint-unreachable",
    `${url.href} answered a ping with ${response.status} (${JSON.stringify(report)?.slice(0, 200)}); set TRICAST_WARMUP_SECRET to the function's value`,
  );
}

function instanceOf(answer: unknown, key: "serverId" | "instance"): string {
  const instance = (answer as Readonly<Record<string, unknown>> | undefined)?.[key];
  if (typeof instance === "string") return instance;
  throw new TricastError(
    "deploy-failed",
    `a ping was answered with ${JSON.stringify(answer)?.slice(0, 200)}, which is not the report of a tricast predictor; deploy a handler that uses a tricast adapter`,
  );
}
