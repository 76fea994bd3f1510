import { TricastError } from "./errors.ts";
import { type LogHead, plainLogHead } from "./log.ts";
import { refuseUnknown, show } from "./options.ts";

/** Why the platform started an instance, in the words of Lambda. Platforms that do not report it use `on-demand`. */
export type InitializationType = "on-demand" | "provisioned-concurrency" | "snap-start" | "lambda-managed-instances";

/**
 * The facts about a platform that the core and the model sources need. The adapter provides them. Only `name` is
 * required.
 *
 * @example
 * import type { PlatformTraits } from "@tricast/core/adapter";
 * const ACME: PlatformTraits = { name: "acme", servesMany: () => true, replyBytes: 6_291_456 };
 */
export interface PlatformTraits {
  /** Lower-case words joined by dashes, such as `aws-lambda`. Shown in `/metadata` and to `predict` as `invocation.platform`. */
  readonly name: string;
  /**
   * Whether one instance answers several requests at a time. Models then run in lanes, so that health checks stay fast;
   * otherwise they load and run inline. A function, because some platforms only know at run time. Default: false.
   */
  servesMany?(): boolean;
  /** Why this instance was started. Default: `on-demand`. */
  initializationType?(): InitializationType;
  /** Whether all examples of a predictor run at warmup, instead of only the first. Default: false. */
  readonly warmsAllExamples?: boolean;
  /** The first members of each log line. Default: `time`, `level`, `message`, `requestId`. */
  readonly logHead?: LogHead;
  /** Largest request body in bytes that the platform delivers, if less than `limits.bodyBytes`. Default: no limit. */
  readonly requestBytes?: number;
  /** Largest response body in bytes that the platform sends when it is not streamed. Default: no limit. */
  readonly replyBytes?: number;
}

/** {@link PlatformTraits} with every default filled in. */
export type Platform = Required<PlatformTraits>;

const DEFAULTS: Omit<Platform, "name"> = {
  servesMany: () => false,
  initializationType: () => "on-demand",
  warmsAllExamples: false,
  logHead: plainLogHead,
  requestBytes: Number.POSITIVE_INFINITY,
  replyBytes: Number.POSITIVE_INFINITY,
};

/** Anywhere not hosted: tests, scripts, a laptop. */
export const LOCAL: PlatformTraits = Object.freeze({ name: "local" });

const KNOWN = ["name", ...Object.keys(DEFAULTS)];

/** @throws {TricastError} `invalid-option`, naming the trait, the value seen and the rule. */
export function checkPlatform(traits: PlatformTraits): Platform {
  if (typeof traits !== "object" || traits === null) {
    throw invalid(`platform is ${show(traits)}; it must be an object such as { name: "acme" }`);
  }
  refuseUnknown(traits, KNOWN, "platform");
  const platform = { ...DEFAULTS, ...traits };
  if (typeof platform.name !== "string" || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(platform.name)) {
    throw invalid(`platform.name is ${show(platform.name)}; it must be lower-case words joined by dashes`);
  }
  for (const key of ["servesMany", "initializationType", "logHead"] as const) {
    if (typeof platform[key] !== "function")
      throw invalid(`platform.${key} is ${show(platform[key])}; it must be a function`);
  }
  for (const key of ["requestBytes", "replyBytes"] as const) {
    if (!(platform[key] > 0))
      throw invalid(`platform.${key} is ${show(platform[key])}; it must be a number of bytes above 0`);
  }
  return platform;
}

function invalid(message: string): TricastError {
  return new TricastError("invalid-option", message);
}
