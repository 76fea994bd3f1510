import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { TricastError } from "@tricast/core";
import { refuseUnknown } from "@tricast/core/adapter";
import type { TensorInput } from "../tensor/from-value.ts";
import { isThreadable } from "../threadable.ts";
import { readVcpus } from "../vcpus.ts";

/** The inputs of one run, by name, as `model.run` takes them. */
export type Example = Readonly<Record<string, TensorInput>>;

export interface OptimizeOptions {
  /** Folder for what is written. Default: the model's own, where `onnx("model.onnx")` finds it. */
  readonly out?: string;
  readonly target?: {
    /** Must be this machine's: the runtime lays weights out for the processor it runs on. */
    readonly arch?: string;
    /** Threads to measure with. Default: as many as the model would be loaded with here. */
    readonly threads?: number;
  };
  /** Inputs on which the outputs must agree, beside made-up ones. The first is what a cold start predicts. */
  readonly examples?: readonly Example[];
  /**
   * How far an element of a float output may be from the original's, as a share of the largest magnitude in that output
   * (and of 1, where all are smaller). Everything else must be equal. Default 1e-5.
   */
  readonly tolerance?: number;
  /**
   * Whether the runtime may reorder weights at load. `"auto"` (default) decides by measuring, and does not slow runs
   * down: at most 1.05 times the original's time for one row, and 1.2 times for 16. `"always"` keeps to forms that
   * do, `"never"` to forms that do not, whatever a run takes then.
   */
  readonly prepack?: "auto" | "always" | "never";
  /** Fresh processes per form, and as many blocks of paired runs. Default 7. */
  readonly rounds?: number;
  /** One line of progress, for a person. */
  readonly progress?: (line: string) => void;
}

/** Everything decided. */
export interface OptimizeTask {
  /** Absolute. */
  readonly model: string;
  readonly out: string;
  readonly threads: number;
  readonly threadable: boolean;
  readonly examples: readonly Example[];
  readonly tolerance: number;
  readonly prepack: "auto" | "always" | "never";
  readonly rounds: number;
  readonly progress: (line: string) => void;
}

const KEYS = ["out", "target", "examples", "tolerance", "prepack", "rounds", "progress"];

/** @throws {TricastError} `model-not-found`; `invalid-option`, naming the option, the value seen and the rule. */
export function toTask(path: string, options: OptimizeOptions): OptimizeTask {
  const model = resolve(path);
  refuseUnknown(options, KEYS, "optimizeModel");
  const { target = {}, examples = [], tolerance = 1e-5, prepack = "auto", rounds = 7 } = options;
  const bytes = sizeOf(model);
  const threadable = isThreadable({ path: model, bytes, format: "onnx" });
  const threads = target.threads ?? (threadable ? Math.max(1, Math.floor(readVcpus())) : 1);
  checkArch(target.arch);
  check("target.threads", threads, Number.isInteger(threads) && threads >= 1 && threads <= 1024, "from 1 to 1024");
  check("tolerance", tolerance, tolerance >= 0 && tolerance < 1, "a number from 0 to below 1");
  check("prepack", prepack, ["auto", "always", "never"].includes(prepack), "auto, always or never");
  check("rounds", rounds, Number.isInteger(rounds) && rounds >= 1 && rounds <= 1000, "a whole number from 1 to 1000");
  return {
    model,
    out: resolve(options.out ?? dirname(model)),
    threads,
    threadable,
    examples,
    tolerance,
    prepack,
    rounds,
    progress: options.progress ?? (() => undefined),
  };
}

function sizeOf(model: string): number {
  const stats = statSync(model, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new TricastError("model-not-found", `no model at ${model}; give the path of an .onnx file`);
  if (stats.isDirectory() || !model.endsWith(".onnx")) {
    throw invalidOption(`${model} is not an .onnx file; give the original, which every optimised form is made from`);
  }
  if (model.endsWith(".optimized.onnx")) {
    throw invalidOption(`${model} is an optimised form; give the original it was made from`);
  }
  return stats.size;
}

function checkArch(arch: string | undefined): void {
  if (arch === undefined || arch === process.arch) return;
  throw invalidOption(
    `target.arch is ${arch}, and this machine is ${process.arch}; the runtime lays weights out for the processor it runs on, so optimise on such a machine`,
  );
}

function check(option: string, value: unknown, holds: boolean, rule: string): void {
  if (!holds) throw invalidOption(`${option} is ${JSON.stringify(value)}; it is ${rule}`);
}

function invalidOption(message: string): TricastError {
  return new TricastError("invalid-option", `optimizeModel: ${message}`);
}
