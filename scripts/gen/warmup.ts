import { answerPing, PING_SHAPES, type PingShape, WARMUP_HEADER, type WarmupReport } from "@tricast/core/adapter";
import { fenced, type GeneratedFile, markdownHead } from "./generated-file.ts";

const REPORT: WarmupReport = {
  warmed: true,
  kind: "serverless-plugin-warmup",
  predictor: "iris",
  instance: "k3v9x2m1p8q4w7z5",
  state: "ready",
  coldStart: true,
  initializationType: "on-demand",
  timings: { loadMs: 41.2, warmMs: 1.7, heldMs: 75 },
};

export function warmupReference(): readonly GeneratedFile[] {
  const text = [
    markdownHead("packages/core/src/warmup"),
    "# Warmup",
    "A ping loads and warms the model, keeps its instance busy for a moment so that parallel pings reach other " +
      "instances, and is answered with a report. It is recognised before the request is decoded, so it never " +
      "reaches validation or counts as traffic. User traffic that only looks similar is traffic.",
    "## The report",
    fenced("json", JSON.stringify(REPORT, null, 2)),
    "`instance` differs between instances, so count distinct values to count instances. `coldStart` is true if the " +
      'ping was the first invocation of an on-demand instance. `state` is `"failed"` when the model could not be ' +
      "loaded; `code` then names [the error](errors.md#the-model).",
    "## How long a ping holds its instance",
    "The hold is the time in the ping, or `warmup.holdMs` of the predictor (default 75 ms), and at most 10,000 ms. " +
      "A ping without siblings (`concurrency` 1) and without a time does not hold.",
    "## Direct invocation",
    "These count only as the event of a direct invocation, never as the body of an HTTP request, because anyone can " +
      "send a body.",
    ...PING_SHAPES.flatMap(entry),
    "## Over HTTP",
    httpRules(),
  ].join("\n\n");
  return [{ path: "docs/reference/warmup.md", text: `${text}\n` }];
}

function entry(shape: PingShape): string[] {
  const answer =
    shape.answer === undefined
      ? ["The response is the report."]
      : ["Answered with:", fenced("json", print(answerPing({ kind: shape.kind }, { ...REPORT, kind: shape.kind })))];
  return [`### ${shape.kind}`, `Source: ${shape.source}.`, fenced("json", print(shape.sample)), ...answer];
}

function print(value: unknown): string {
  const line = JSON.stringify(value);
  return line.length <= 100 ? line : JSON.stringify(value, null, 2);
}

function httpRules(): string {
  return [
    `- A request with the header \`${WARMUP_HEADER}\` equal to the environment variable \`TRICAST_WARMUP_SECRET\` is a ` +
      "ping, with any method, path and body. Without that variable, this header has no effect.",
    `- \`${WARMUP_HEADER}-concurrency\` is the number of parallel pings, and makes the ping hold. Without it, the ping does not hold.`,
    `- \`${WARMUP_HEADER}-hold\` is the hold in milliseconds, with or without siblings.`,
    '- With `warmup: { http: "platform" }` in the predictor, a request of Cloud Scheduler (`x-cloudscheduler: true`) is ' +
      "a ping too. Set this only if the platform lets authenticated callers through and no one else, because " +
      "every caller can set the header.",
    "- The response is the report, with status 200; with status 503 if the model could not be loaded.",
  ].join("\n");
}
