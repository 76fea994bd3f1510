import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { type Logger, TricastError } from "@tricast/core";
import { BINDING_VARIABLE, bindingPath, requireFromHere } from "./binding-path.ts";
import type { NativeMetadata } from "./metadata.ts";
import { Tensor } from "./tensor/tensor.ts";

/**
 * The native half of onnxruntime-node. tricast does not load the package's JavaScript, which adds a macrotask to each
 * synchronous run, and 20 % to a cold start. This interface is not public, so the tested versions are listed below.
 */
export interface NativeSession extends NativeMetadata {
  loadModel(path: string, options: NativeSessionOptions): void;
  loadModel(buffer: ArrayBuffer, byteOffset: number, byteLength: number, options: NativeSessionOptions): void;
  /** A `null` fetch lets the runtime allocate that output. */
  run(feeds: Readonly<Record<string, Tensor>>, fetches: Readonly<Record<string, null>>): Record<string, NativeTensor>;
  dispose(): void;
}

/** An output of a run. Its class is our own, or that of another copy that initialised the addon later. */
export type NativeTensor = Pick<Tensor, "type" | "data" | "dims">;

export interface NativeSessionOptions {
  readonly intraOpNumThreads?: number;
  readonly interOpNumThreads?: number;
  readonly graphOptimizationLevel?: string;
  readonly executionMode?: string;
  readonly logSeverityLevel?: number;
  readonly extra?: Readonly<Record<string, string>>;
}

interface NativeBinding {
  readonly InferenceSession: new () => NativeSession;
  initOrtOnce(logLevel: number, tensor: typeof Tensor, isMainThread: boolean): void;
}

/** Versions of onnxruntime-node that this package is tested with: at least `from`, below `below`. */
export const TESTED = { from: [1, 30], below: [1, 31] } as const;

/** The runtime logs errors and worse. A run also throws its errors. */
export const LOG_ERRORS = 3;

export interface Binding {
  readonly Session: new () => NativeSession;
  /** The version of the addon's package; `undefined` where the addon is shipped without its package.json. */
  readonly version: string | undefined;
}

let loaded: Binding | undefined;

/**
 * The native addon, loaded and initialised once per thread.
 *
 * @throws {TricastError} `missing-dependency` where it is not installed, or not for this machine.
 */
export function loadBinding(log: Logger): Binding {
  loaded ??= initialise(log);
  return loaded;
}

function initialise(log: Logger): Binding {
  const path = findBinding();
  const native = requireBinding(path);
  if (typeof native.initOrtOnce !== "function" || typeof native.InferenceSession !== "function") {
    throw new TricastError(
      "missing-dependency",
      `${path} is not the addon of onnxruntime-node ${testedRange()}; install one of these versions`,
    );
  }
  native.initOrtOnce(LOG_ERRORS, Tensor, isMainThread());
  return { Session: native.InferenceSession, version: knownVersion(path, log) };
}

/** The absolute path of the addon and the version of its package, for another thread. @throws {TricastError} `missing-dependency`. */
export function locateBinding(log: Logger): { readonly path: string; readonly version: string | undefined } {
  const found = findBinding();
  const path = isAbsolute(found) ? found : requireFromHere().resolve(found);
  return { path, version: knownVersion(path, log) };
}

let versionOf: { readonly path: string; readonly version: string | undefined } | undefined;

/** Reads the version, and warns about an untested one, once. */
function knownVersion(path: string, log: Logger): string | undefined {
  if (versionOf?.path === path) return versionOf.version;
  const version = packageVersion(path);
  versionOf = { path, version };
  if (version !== undefined && !isTested(version)) {
    log.warn(`onnxruntime-node ${version} is outside the versions tricast was tested with (${testedRange()})`, {
      version,
    });
  }
  return version;
}

/**
 * In workers, Node replaces `process.chdir` by a stub that is marked `disabled`. Loading
 * `node:worker_threads` for its `isMainThread` costs 1 to 4 ms of every cold start; the tests compare the two.
 */
export function isMainThread(): boolean {
  return !("disabled" in process.chdir);
}

function findBinding(): string {
  try {
    return bindingPath();
  } catch (cause) {
    throw missing(`onnxruntime-node is not installed for ${process.platform}-${process.arch}`, cause);
  }
}

function requireBinding(path: string): NativeBinding {
  try {
    // `require` and not `process.dlopen`: through its cache, onnxruntime-node's own JavaScript and this package share one
    // instance of the addon, which cannot be initialised as two.
    return requireFromHere()(path) as NativeBinding;
  } catch (cause) {
    const origin = process.env[BINDING_VARIABLE] === path ? ` (set by ${BINDING_VARIABLE})` : "";
    throw missing(`the native addon ${path}${origin} does not load: ${(cause as Error).message}`, cause);
  }
}

function missing(problem: string, cause: unknown): TricastError {
  const install = `ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@${TESTED.from.join(".")}`;
  return new TricastError(
    "missing-dependency",
    `${problem}. It runs the ONNX models. Install it with: ${install} (skip avoids a CUDA download that is not needed)`,
    { cause },
  );
}

function testedRange(): string {
  return `>=${TESTED.from.join(".")} <${TESTED.below.join(".")}`;
}

export function isTested(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const at = ([a, b]: readonly [number, number]): number => (major - a) * 1e6 + (minor - b);
  return at(TESTED.from) >= 0 && at(TESTED.below) < 0;
}

/** The addon is in bin/napi-v6/platform/arch of its package. */
function packageVersion(path: string): string | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(dirname(path), "../../../../package.json"), "utf8"));
    return manifest.name === "onnxruntime-node" ? String(manifest.version) : undefined;
  } catch {
    return undefined;
  }
}
