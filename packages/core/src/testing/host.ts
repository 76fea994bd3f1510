import { TricastError } from "../errors.ts";
import { refuseUnknown, show } from "../options.ts";
import { checkPlatform, type Platform, type PlatformTraits } from "../platform.ts";
import type { AnyPredictor } from "../predictor.ts";
import type { ServiceOptions } from "../service.ts";
import type { WarmupReport } from "../warmup/ping.ts";
import type { Differences } from "./differences.ts";
import { DIFFERENCE_NAMES } from "./differences.ts";
import type { WireRequest, WireResponse } from "./wire.ts";

/**
 * One way by which a client's HTTP request reaches a predictor, described for {@link testAdapter}. A name, the platform
 * and `start` are required. Further abilities are data. If one is left out, the suite tests that the host lacks it, so
 * no case is skipped.
 */
export interface AdapterHost {
  /** Title of its tests: the platform, or one of its kinds of event. */
  readonly name: string;
  /** The traits of the adapter. The suite checks the host against them: the limits, the form of log lines, warmup. */
  readonly platform: PlatformTraits;
  /** Serves `predictor` through the adapter, as the platform does. Many run at the same time in one process. */
  start(predictor: AnyPredictor, options: HostOptions): RunningHost | Promise<RunningHost>;
  /** The path that the platform puts before a client's path, such as `/api/iris`. Alone it is `/`. Default: none. */
  readonly mount?: string;
  /** The part of the public path that the platform removes, such as a stage: `/prod`. Default: none. */
  readonly prefix?: string;
  /** Changes that the platform itself makes to requests and responses, and that no adapter can undo. Default: nothing. */
  readonly differences?: Differences;
  /**
   * How warmup pings arrive. `"http"`: as requests that `recogniseHttpPing` knows. `"own"`: as
   * {@link RunningHost.ping} sends them. Default `"none"`: every request is traffic.
   */
  readonly pings?: "http" | "own" | "none";
  /**
   * The time that the platform gives an invocation. `"settable"`: {@link HostOptions.remainingMs}. `{ fixedMs }`:
   * always this many milliseconds. Default `"none"`: `invocation.deadline` is undefined.
   */
  readonly deadline?: "settable" | "none" | { readonly fixedMs: number };
  /** Whether the adapter has `toStreamedResult`. Default false: streamed responses arrive collected. */
  readonly streams?: boolean;
  /** Whether `start` hands {@link HostOptions.serviceOptions} to `createService`. Default false: guards are not tested. */
  readonly guards?: boolean;
  /** The largest body in bytes that the platform passes to the adapter. The suite sends no larger body. Default 4 MiB. */
  readonly largestBody?: number;
  /**
   * For platforms that have a place of their own for log lines: passes each line to `onLine`, until the returned function
   * is called. Lines that the process writes to standard output always count.
   */
  captureLogs?(onLine: (line: string) => void): () => void;
}

/** The options of one case. */
export interface HostOptions {
  /** Milliseconds that each invocation has. Only where {@link AdapterHost.deadline} is `"settable"`; then the default is the host's. */
  readonly remainingMs?: number | undefined;
  /** For `createService`, besides the platform. Only where {@link AdapterHost.guards} is true. */
  readonly serviceOptions?: Pick<ServiceOptions, "guard"> | undefined;
}

/** One predictor that a host serves. */
export interface RunningHost {
  /**
   * Sends a request as a client of the platform does, and resolves with what the client receives. Called many times at
   * a time, each call for an invocation of its own. The target does not begin with {@link AdapterHost.mount}. Rejects
   * only if a client does not get a whole response: a stream that breaks off.
   */
  send(request: WireRequest): Promise<WireResponse>;
  /** Sends a ping as the platform's pinger does, and resolves with the report in its response. Needed for `pings: "own"`. */
  ping?(details: PingDetails): Promise<WarmupReport>;
  /** Ends the host. Called once, when nothing is in flight. */
  close(): void | Promise<void>;
}

/** The details of a ping, for `WarmupPing`. */
export interface PingDetails {
  readonly concurrency?: number | undefined;
  /** In milliseconds. */
  readonly holdMs?: number | undefined;
}

/** An {@link AdapterHost} with every default filled in. */
export interface Host extends Required<Omit<AdapterHost, "platform" | "captureLogs">> {
  readonly platform: Platform;
  readonly captureLogs: AdapterHost["captureLogs"];
}

const MOST_BODY = 4 * 2 ** 20;
const LEAST_LIMIT = 65_536;

const DEFAULTS = {
  mount: "",
  prefix: "",
  differences: {},
  pings: "none",
  deadline: "none",
  streams: false,
  guards: false,
  largestBody: MOST_BODY,
  captureLogs: undefined,
} as const;

const KNOWN = ["name", "platform", "start", ...Object.keys(DEFAULTS)];

/** @throws {TricastError} `invalid-option`, naming the member, the value seen and the rule. */
export function checkHost(given: AdapterHost): Host {
  if (typeof given !== "object" || given === null) throw invalid(`host is ${show(given)}; it must be an object`);
  refuseUnknown(given, KNOWN, "host");
  const host: Host = {
    ...DEFAULTS,
    ...given,
    platform: checkPlatform(given.platform),
    start: (predictor, options) => given.start(predictor, options),
    captureLogs: given.captureLogs?.bind(given),
  };
  if (typeof host.name !== "string" || host.name === "")
    throw invalid(`host.name is ${show(host.name)}; name the host`);
  if (typeof given.start !== "function") throw invalid(`host.start is ${show(given.start)}; it must be a function`);
  checkAbilities(host);
  checkLimits(host.platform);
  checkDifferences(host.differences);
  return host;
}

function checkAbilities({ mount, prefix, pings, deadline }: Host): void {
  for (const [name, path] of Object.entries({ mount, prefix })) {
    if (!/^(\/.*[^/])?$/.test(path))
      throw invalid(`host.${name} is ${show(path)}; write it as /api/iris, or leave it out`);
  }
  if (!["http", "own", "none"].includes(pings))
    throw invalid(`host.pings is ${show(pings)}; it must be "http", "own" or "none"`);
  if (deadline !== "settable" && deadline !== "none" && !(deadline?.fixedMs > 0))
    throw invalid(`host.deadline is ${show(deadline)}; it must be "settable", "none" or { fixedMs: 230_000 }`);
}

function checkLimits(platform: Platform): void {
  for (const key of ["requestBytes", "replyBytes"] as const) {
    if (platform[key] >= LEAST_LIMIT) continue;
    throw invalid(
      `platform.${key} is ${show(platform[key])}; it must be at least ${LEAST_LIMIT}, because the suite sends bodies of that size`,
    );
  }
}

function checkDifferences(differences: Differences): void {
  refuseUnknown(differences, DIFFERENCE_NAMES, "host.differences");
  for (const [name, difference] of Object.entries(differences)) {
    if (typeof difference.because === "string" && difference.because !== "") continue;
    throw invalid(`host.differences.${name}.because is ${show(difference.because)}; write why the platform does that`);
  }
}

function invalid(message: string): TricastError {
  return new TricastError("invalid-option", message);
}
