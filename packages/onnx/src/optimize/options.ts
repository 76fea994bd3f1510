import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { TricastError } from "@tricast/core";
import { refuseUnknown } from "@tricast/core/adapter";
import { checkChoice, checkOption, checkWhole, invalidOption } from "../check-options.ts";
import type { TensorInput } from "../tensor/from-value.ts";
import { isThreadable } from "../threadable.ts";
import { readVcpus } from "../vcpus.ts";

/** The inputs of one run, by name, as `model.run` takes them. */
export type Example = Readonly<Record<string, TensorInput>>;

export interface OptimizeOptions {
  /** Folder for the form and its record. Default: the model's own, where `onnx("model.onnx")` finds them. */
  readonly out?: string;
  readonly target?: {
    /** Must be this machine's: the runtime lays weights out for the processor it runs on. */
    readonly arch?: string;
    /** Threads to measure with. Default: as many as `onnx()` would load the model with on this machine. */
    readonly threads?: number;
  };
  /** Inputs on which the outputs must agree, in addition to generated ones. A cold start predicts the first. */
  readonly examples?: readonly Example[];
  /**
   * Largest difference between an element of a float output and the original's, as a share of the largest magnitude in that output
   * (and of 1, where all are smaller). Everything else must be equal. Default 1e-5.
   */
  readonly tolerance?: number;
  /**
   * Whether the runtime may reorder weights at load. `"auto"` (default) decides by measuring, and accepts at most 1.05
   * times the original's time for a run of one row, and 1.2 times for 16. `"always"` allows only forms whose weights are
   * reordered, `"never"` only other forms, however long a run takes.
   */
  readonly prepack?: "auto" | "always" | "never";
  /** Fresh processes per form, and as many blocks of paired runs. Default 7. */
  readonly rounds?: number;
  /** Receives lines of progress for users. */
  readonly progress?: (line: string) => void;
}

/** The options with their defaults, checked. */
export interface OptimizeTask extends Required<Omit<OptimizeOptions, "target">> {
  /** Absolute. */
  readonly model: string;
  readonly threads: number;
  readonly threadable: boolean;
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
  checkWhole("optimizeModel: target.threads", threads, 1, 1024);
  checkOption("optimizeModel: tolerance", tolerance, tolerance >= 0 && tolerance < 1, "a number from 0 to below 1");
  checkChoice("optimizeModel: prepack", prepack, ["auto", "always", "never"]);
  checkWhole("optimizeModel: rounds", rounds, 1, 1000);
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
  if (!stats.isFile() || !model.endsWith(".onnx")) {
    throw invalid(`${model} is not an .onnx file; give the original model`);
  }
  if (model.endsWith(".optimized.onnx")) {
    throw invalid(`${model} is an optimised form; give the original model`);
  }
  return stats.size;
}

function checkArch(arch: string | undefined): void {
  if (arch === undefined || arch === process.arch) return;
  throw invalid(
    `target.arch is ${arch}, and this machine is ${process.arch}; the runtime lays weights out for the processor it runs on, so optimise on such a machine`,
  );
}

function invalid(message: string): TricastError {
  return invalidOption(`optimizeModel: ${message}`);
}
