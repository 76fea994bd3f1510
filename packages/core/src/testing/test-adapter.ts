import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { CapturedLogs } from "./captured-logs.ts";
import { binaryBodies } from "./cases/binary-bodies.ts";
import { concurrency } from "./cases/concurrency.ts";
import { deadlines } from "./cases/deadlines.ts";
import { errors } from "./cases/errors.ts";
import { guards } from "./cases/guards.ts";
import { httpPings } from "./cases/http-pings.ts";
import { logs } from "./cases/logs.ts";
import { modelFailures } from "./cases/model-failures.ts";
import { ownPings } from "./cases/own-pings.ts";
import { problems } from "./cases/problems.ts";
import { replyLimit } from "./cases/reply-limit.ts";
import { requestHeaders } from "./cases/request-headers.ts";
import { requestLimit } from "./cases/request-limit.ts";
import { requestLine } from "./cases/request-line.ts";
import { responseHeaders } from "./cases/response-headers.ts";
import { routes } from "./cases/routes.ts";
import { spans } from "./cases/spans.ts";
import { streams } from "./cases/streams.ts";
import { textBodies } from "./cases/text-bodies.ts";
import { warmup } from "./cases/warmup.ts";
import { type AdapterHost, checkHost, type Host } from "./host.ts";
import { SEED } from "./random.ts";
import { countCases, type Theme } from "./suite.ts";

const THEMES: Readonly<Record<string, Theme>> = {
  routes,
  "request line": requestLine,
  "request headers": requestHeaders,
  "text bodies": textBodies,
  "binary bodies": binaryBodies,
  "request limit": requestLimit,
  problems,
  errors,
  "response headers": responseHeaders,
  "reply limit": replyLimit,
  streams,
  concurrency,
  deadlines,
  "model failures": modelFailures,
  warmup,
  "pings over HTTP": httpPings,
  "pings of the platform": ownPings,
  guards,
  "spans and records": spans,
  logs,
};

/** Themes that spend their time waiting: their cases run side by side. */
const WAITING = ["deadlines", "model failures"];
const SIDE_BY_SIDE = 20;

/**
 * The contract suite: registers tests with `node:test` that send requests through an adapter and compare the responses
 * with the core's own. Call it in a test file, once for each host.
 *
 * Random inputs are new in each run. The report names the seed; `TRICAST_SEED` repeats a run.
 *
 * @throws {TricastError} `invalid-option` for a host that is not described correctly.
 * @example
 * import { bind, createService, type InferenceRequest, type WholeResponse } from "@tricast/core/adapter";
 * import { testAdapter, type WireRequest, type WireResponse } from "@tricast/core/testing";
 * declare const adapter: import("@tricast/core/adapter").Adapter<InferenceRequest, undefined, WholeResponse>;
 * declare function toEvent(request: WireRequest): InferenceRequest;
 * declare function toWire(result: WholeResponse): WireResponse;
 * testAdapter({
 *   name: "acme",
 *   platform: adapter.platform,
 *   start(predictor) {
 *     const service = createService(predictor, { platform: adapter.platform });
 *     const handler = bind(service, adapter);
 *     return {
 *       send: async (request) => toWire(await handler(toEvent(request), undefined)),
 *       close: () => service.close(),
 *     };
 *   },
 * });
 */
export function testAdapter(host: AdapterHost): void {
  const checked = checkHost(host);
  const captured = new CapturedLogs(checked.captureLogs);
  describe(checked.name, () => {
    keepAlive();
    before(() => captured.begin());
    after(() => captured.end());
    const withoutCases: string[] = [];
    for (const [title, theme] of Object.entries(THEMES)) {
      describe(title, { concurrency: WAITING.includes(title) ? SIDE_BY_SIDE : 1 }, () => {
        const earlier = countCases();
        theme(checked, captured);
        if (countCases() === earlier) withoutCases.push(title);
      });
    }
    it("every theme has cases, except those that the host does not have", (t) => {
      t.diagnostic(`to repeat the random inputs, set TRICAST_SEED=${SEED}`);
      const leftOut = themesWithout(checked);
      for (const [title, because] of Object.entries(leftOut)) t.diagnostic(`not tested: ${title}, because ${because}`);
      assert.deepEqual(withoutCases.toSorted(), Object.keys(leftOut).toSorted());
    });
  });
}

/** Themes that a host does not have, each with the reason. */
function themesWithout({ pings, guards }: Host): Readonly<Record<string, string>> {
  return {
    ...(pings !== "own" && { "pings of the platform": `host.pings is "${pings}"` }),
    ...(!guards && { guards: "host.guards is false" }),
  };
}

/** Keeps the process alive: a service's timers do not, nor does a host that is not a server. */
function keepAlive(): void {
  let alive: NodeJS.Timeout | undefined;
  before(() => {
    alive = setInterval(() => {}, 1_000);
  });
  after(() => clearInterval(alive));
}
