import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { TricastError } from "@tricast/core";
import type { Arch } from "./files.ts";

/** The part of `<name>.tricast.json` that a build reads; `tricast models optimize` writes it beside a model. */
interface OptimizedRecord {
  readonly original: { readonly size: number };
  readonly variant: {
    readonly files: readonly string[];
    readonly target: { readonly arch: string };
    readonly runtime: string;
  };
}

/** What is shipped of a model's optimised form, and why not where it is not. */
export interface OptimizedForm {
  readonly files: readonly string[];
  readonly warning: string | undefined;
}

const NONE: OptimizedForm = { files: [], warning: undefined };

/**
 * The record and the files of a model's optimised form, where it was made of this very file, for this architecture and
 * by this version of the runtime: an instance does not check the version, which is not in the artefact.
 * @throws {TricastError} `model-invalid` where the record names files that are not there.
 */
export function findOptimizedForm(model: string, arch: Arch, runtime: string | undefined): OptimizedForm {
  const record = `${model.replace(/(?:\.optimized)?\.(?:onnx|ort)$/, "")}.tricast.json`;
  if (!existsSync(record)) return NONE;
  const { original, variant } = JSON.parse(readFileSync(record, "utf8")) as OptimizedRecord;
  const misfit =
    variant.target.arch !== arch
      ? `was made for ${variant.target.arch}`
      : runtime !== undefined && variant.runtime !== `onnxruntime ${runtime}`
        ? `was made by ${variant.runtime}, and this is ${runtime}`
        : original.size !== statSync(model).size
          ? "was made of another version of the model"
          : undefined;
  if (misfit !== undefined) {
    return {
      files: [],
      warning: `the optimised form of the model ${misfit}; it is left out. Make it again with: tricast models optimize`,
    };
  }
  const files = variant.files.map((name) => join(dirname(model), name));
  const missing = files.find((file) => !existsSync(file));
  if (missing === undefined) return { files: [record, ...files], warning: undefined };
  throw new TricastError(
    "model-invalid",
    `${record} names ${missing}, which is not there; make it again with: tricast models optimize`,
  );
}
