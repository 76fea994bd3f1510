import type { WarmupPing, WarmupReport } from "./ping.ts";

/** One kind of ping that arrives as the event of a direct invocation. */
export interface PingRecogniser {
  readonly kind: string;
  recognise(event: Readonly<Record<string, unknown>> | string): Omit<WarmupPing, "kind"> | undefined;
  /** The answer that this pinger expects. Default: the report. */
  answer?(report: WarmupReport, ping: WarmupPing): unknown;
}

/**
 * Every ping that arrives as the event of a direct invocation. User traffic that looks similar is traffic: each shape
 * requires the exact marker and type that its pinger sends, and refuses keys that the pinger never sends.
 */
export const RECOGNISERS: readonly PingRecogniser[] = [
  {
    kind: "serverless-plugin-warmup",
    recognise: (event) =>
      isRecord(event) && event.source === "serverless-plugin-warmup" && onlyKeys(event, ["source"]) ? {} : undefined,
  },
  {
    kind: "lambda-warmer",
    recognise(event) {
      if (!isRecord(event) || event.warmer !== true) return undefined;
      if (!onlyKeys(event, LAMBDA_WARMER_KEYS) || Object.keys(event).length === 1) return undefined;
      const index = event.__WARMER_INVOCATION__;
      return {
        concurrency: count(event.__WARMER_CONCURRENCY__) ?? count(event.concurrency),
        // lambda-warmer counts its invocations from 1.
        index: typeof index === "number" ? wholeNumber(index - 1) : undefined,
      };
    },
  },
  {
    kind: "bref",
    recognise: (event) =>
      isRecord(event) && event.warmer === true && onlyKeys(event, ["warmer"]) ? brefHold() : undefined,
    answer: () => ["Lambda is warm"],
  },
  {
    kind: "opennext",
    recognise(event) {
      if (!isRecord(event) || event.type !== "warmer" || typeof event.warmerId !== "string") return undefined;
      if (!onlyKeys(event, OPENNEXT_KEYS)) return undefined;
      return {
        concurrency: count(event.concurrency),
        index: wholeNumber(event.index),
        holdMs: wholeNumber(event.delay),
      };
    },
    answer: (report) => ({ type: "warmer", serverId: report.instance }),
  },
  {
    kind: "vapor",
    recognise(event) {
      if (!isRecord(event)) return undefined;
      if (event.vaporWarmer === true && typeof event.functionName === "string" && onlyKeys(event, VAPOR_KEYS))
        return { concurrency: count(event.concurrency) };
      return event.vaporWarmerPing === true && onlyKeys(event, ["vaporWarmerPing"]) ? {} : undefined;
    },
  },
  {
    kind: "thundra",
    recognise(event) {
      if (typeof event !== "string" || !/^#warmup(\s+\w+=\S+)*\s*$/.test(event)) return undefined;
      const wait = /\bwait=(\d{1,5})\b/.exec(event)?.[1];
      return { holdMs: wait === undefined ? 100 : Number(wait) };
    },
  },
  {
    kind: "scheduled-event",
    recognise(event) {
      if (!isRecord(event) || event["detail-type"] !== "Scheduled Event" || !onlyKeys(event, EVENT_KEYS))
        return undefined;
      return event.source === "aws.events" || event.source === "aws.scheduler" ? { holdMs: 0 } : undefined;
    },
  },
];

const OPENNEXT_KEYS = ["type", "warmerId", "index", "concurrency", "delay"];
const VAPOR_KEYS = ["vaporWarmer", "functionName", "functionAlias", "concurrency"];
/** docs.aws.amazon.com/eventbridge, event structure. */
const EVENT_KEYS = ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"];
const LAMBDA_WARMER_KEYS = [
  "warmer",
  "concurrency",
  "target",
  "test",
  "delay",
  "__WARMER_INVOCATION__",
  "__WARMER_CONCURRENCY__",
  "__WARMER_CORRELATIONID__",
];

/** Bref reads the hold from its own variable. */
function brefHold(): Omit<WarmupPing, "kind"> {
  const delay = process.env.WARMUP_DELAY;
  return delay !== undefined && /^\d+$/.test(delay) ? { holdMs: Number(delay) } : {};
}

function isRecord(event: unknown): event is Record<string, unknown> {
  return typeof event === "object" && event !== null && !Array.isArray(event);
}

function onlyKeys(event: Readonly<Record<string, unknown>>, allowed: readonly string[]): boolean {
  return Object.keys(event).every((key) => allowed.includes(key));
}

function wholeNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function count(value: unknown): number | undefined {
  const number = wholeNumber(value);
  return number === 0 ? undefined : number;
}
