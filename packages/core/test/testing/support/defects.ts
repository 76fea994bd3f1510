import type { LogLevel } from "@tricast/core";
import { plainLogHead, type WholeResponse } from "@tricast/core/adapter";
import type { WireRequest, WireResponse } from "@tricast/core/testing";
import { ABLE, type Changes, PLAIN, type PlainAdapter, toResult } from "./plain-host.ts";

/** A host with one thing wrong, and a case of the suite that must find it. */
export interface Defect extends Changes {
  /** `THEME > TITLE` of the case. */
  readonly foundBy: RegExp;
}

/** Changes every reply. */
function replies(change: (reply: WireResponse, response: WholeResponse) => Partial<WireResponse>): Changes {
  return {
    adapter: () => ({
      toResult(response) {
        const right = toResult(response);
        return { ...right, ...change(right, response) };
      },
    }),
  };
}

/** Changes every request before the adapter sees it. */
function requests(change: (request: WireRequest) => Partial<WireRequest>): Changes {
  return {
    running: ({ send }) => ({ send: (request) => send({ ...request, ...change(request) }) }),
  };
}

const withoutHeader = (name: string) =>
  replies(({ headers }) => ({ headers: headers.filter(([key]) => key !== name) }));

function toInvocation(change: object): Changes {
  return {
    adapter: (right): Partial<PlainAdapter> => ({
      toInvocation: (event, context) => ({ ...right.toInvocation(event, context), ...change }),
    }),
  };
}

export const DEFECTS: Readonly<Record<string, Defect>> = {
  "a header that the core did not send": {
    ...replies(({ headers }) => ({ headers: [...headers, ["x-powered-by", "plain"]] })),
    foundBy: /^routes > GET and HEAD \/metadata/,
  },
  "a path that is decoded": {
    ...requests(({ target }) => ({ target: target.replace(/%2F/i, "/") })),
    foundBy: /^request line > path: /,
  },
  "a query that is cut off": {
    ...requests(({ target }) => ({ target: target.split("?")[0] ?? "" })),
    foundBy: /^request line > query: one pair/,
  },
  "a repeated header of which the last counts": {
    ...requests(({ headers }) => ({
      headers: [...new Map(headers.map((pair) => [pair[0].toLowerCase(), pair])).values()],
    })),
    foundBy: /^request headers > repeated headers/,
  },
  "JSON that is read as Latin-1": {
    ...requests(({ body }) => ({ body: Buffer.from(Buffer.from(body).toString("latin1")) })),
    foundBy: /^text bodies > JSON keeps every UTF-16 unit/,
  },
  "bytes that are read as text": {
    ...requests(({ body }) => ({ body: Buffer.from(Buffer.from(body).toString()) })),
    foundBy: /^binary bodies > every byte and every pair/,
  },
  "bytes that are sent as text": {
    ...replies(({ body }) => ({ body: Buffer.from(Buffer.from(body).toString()) })),
    foundBy: /^binary bodies > random bytes/,
  },
  "a limit for requests that only the host names": {
    host: { platform: { ...PLAIN, requestBytes: 100_000 } },
    foundBy: /^request limit > a body of platform\.requestBytes/,
  },
  "a limit for replies that only the host names": {
    host: { platform: { ...PLAIN, replyBytes: 100_000 } },
    foundBy: /^reply limit > text up to the platform's limit/,
  },
  "problems without their media type": {
    ...withoutHeader("content-type"),
    foundBy: /^problems > not-found: an unknown route/,
  },
  "a reply that tells where it was made": {
    ...replies(({ headers }) => ({ headers: [...headers, ["x-stack", "at toResult (/srv/adapter.ts:1:1)"]] })),
    foundBy: /^errors > predict throws or rejects with an error/,
  },
  "cookies in one header": {
    ...replies(({ headers }) => {
      const cookies = headers.filter(([name]) => name === "set-cookie").map(([, value]) => value);
      const others = headers.filter(([name]) => name !== "set-cookie");
      return cookies.length === 0 ? {} : { headers: [...others, ["set-cookie", cookies.join(", ")]] };
    }),
    foundBy: /^response headers > every cookie is a header of its own/,
  },
  "a stream that is cut after its first chunk": {
    host: ABLE,
    adapter: () => ({
      async toStreamedResult({ status, headers, body }) {
        for await (const chunk of body) return toResult({ status, headers, body: chunk });
        return toResult({ status, headers, body: "" });
      },
    }),
    foundBy: /^streams > a streamed response of chunks of many sizes/,
  },
  "a stream whose failure looks like its end": {
    host: ABLE,
    adapter: () => ({
      async toStreamedResult({ status, headers, body }) {
        const chunks: Uint8Array[] = [];
        try {
          for await (const chunk of body) chunks.push(chunk);
        } catch {}
        return toResult({ status, headers, body: Buffer.concat(chunks) });
      },
    }),
    foundBy: /^streams > a stream that fails after some chunks/,
  },
  "an adapter that collects, on a host that says it streams": {
    host: { streams: true, platform: { ...PLAIN, replyBytes: 100_000 } },
    adapter: () => ({ platform: { ...PLAIN, replyBytes: 100_000 }, toStreamedResult: undefined }),
    foundBy: /^streams > a streamed response over platform\.replyBytes/,
  },
  "one id for all requests": { ...toInvocation({ id: "the-only-one" }), foundBy: /^concurrency > 50 requests/ },
  "no deadline, on a host that says there is one": {
    ...toInvocation({ deadline: undefined }),
    host: { deadline: "settable" },
    foundBy: /^deadlines > the platform's deadline reaches predict/,
  },
  "a deadline, on a host that says there is none": {
    ...toInvocation({ deadline: Date.now() + 1e9 }),
    foundBy: /^deadlines > if the platform sets no deadline/,
  },
  "no word of when to come back": {
    ...withoutHeader("retry-after"),
    foundBy: /^model failures > model-load-failed: a load that throws/,
  },
  "all examples, promised by the host alone": {
    host: { platform: { ...PLAIN, warmsAllExamples: true } },
    foundBy: /^warmup > every example is predicted/,
  },
  "many requests at a time, promised by the host alone": {
    host: { platform: { ...PLAIN, servesMany: () => true } },
    foundBy: /^warmup > the model's source gets the platform/,
  },
  "another platform's name": {
    ...toInvocation({ platform: "acme" }),
    foundBy: /^warmup > predict gets the platform's name/,
  },
  "pings that everybody can send": {
    host: { pings: "http" },
    adapter: (right) => ({
      toPing: (event, context) =>
        event.request.headers.some(([name]) => name.toLowerCase() === "x-tricast-warmup")
          ? { kind: "http", holdMs: 0 }
          : right.toPing(event, context),
    }),
    foundBy: /^pings over HTTP > without the right secret/,
  },
  "no pings, on a host that says it has some": {
    host: { pings: "http" },
    adapter: () => ({ toPing: () => undefined }),
    foundBy: /^pings over HTTP > a ping with the secret/,
  },
  "pings of its own that are predicted": {
    host: { pings: "own" },
    adapter: () => ({ toPing: () => undefined }),
    foundBy: /^pings of the platform > a ping warms/,
  },
  "a guard that is not asked": {
    host: ABLE,
    options: { serviceOptions: undefined },
    foundBy: /^guards > a request that the guard refuses/,
  },
  "a request that is handled twice": {
    running: ({ send }) => ({ send: (request) => send(request).then(() => send(request)) }),
    foundBy: /^spans and records > a prediction leaves one span/,
  },
  "log lines in another form": {
    host: { platform: { ...PLAIN, logHead: (...line) => ({ source: "plain", ...plainLogHead(...line) }) } },
    foundBy: /^logs > a line that predict logs/,
  },
  "a log that loses errors": {
    ...toInvocation({ log: (level: LogLevel, line: string) => level === "error" || process.stdout.write(`${line}\n`) }),
    foundBy: /^logs > a failure is one line/,
  },
  "a difference that is none": {
    host: { differences: { query: { because: "nothing", expect: (sent) => sent } } },
    foundBy: /^request line > every difference declared/,
  },
};
