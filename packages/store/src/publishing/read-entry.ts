import { closeSync, openSync, readSync } from "node:fs";
import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";
import { hasCode } from "../error-codes.ts";
import type { ModelDescription } from "./model-description.ts";

/** Reads the description of a model file. @throws {TricastError} `model-invalid` if it cannot be read. */
export type DescribeModel = (path: string) => ModelDescription;

/** The file identifier of ORT format (onnxruntime, ort.fbs: `file_identifier "ORTM"`), after four bytes. */
const ORT_IDENTIFIER = "ORTM";
const HEAD_BYTES = 8;

/**
 * The description of the file that is loaded, `undefined` for ORT format. Its content decides, not its name: a text
 * called `model.pkl` or `model.onnx` is refused.
 *
 * @param anyKind whether any other file is accepted too, without a description.
 * @throws {TricastError} `model-invalid` for a file that is not a model, or whose ending belongs to the other format:
 * loaders go by the ending.
 */
export function readEntry(path: string, describe: DescribeModel, anyKind: boolean): ModelDescription | undefined {
  const isOrt = readHead(path).toString("latin1", 4) === ORT_IDENTIFIER;
  const endsInOrt = /\.ort$/.test(path);
  if (isOrt && endsInOrt) return undefined;
  const description = isOrt ? undefined : describeIfOnnx(path, describe, anyKind || endsInOrt);
  if (anyKind) return description;
  if (isOrt) throw invalid(`${path} is a model in ORT format; rename it to end in .ort`);
  if (endsInOrt && description !== undefined) throw invalid(`${path} is an ONNX model; rename it to end in .onnx`);
  if (description === undefined) throw invalid(`${path} is not a model in ORT format; ${unknownKind(path)}`);
  if (description.outputs.length > 0) return description;
  throw invalid(`${path} is an ONNX model without outputs, so nothing can be predicted with it; export it again`);
}

function describeIfOnnx(path: string, describe: DescribeModel, orNothing: boolean): ModelDescription | undefined {
  try {
    return describe(path);
  } catch (error) {
    if (!hasCode(error, "model-invalid")) throw error;
    if (orNothing) return undefined;
    if (path.endsWith(".onnx")) throw error;
    throw invalid(`${path} is not a model of a known kind (ONNX or ORT format): ${unknownKind(path)}`, error);
  }
}

function unknownKind(path: string): string {
  const head = show(readHead(path).toString("latin1"));
  return `it begins with ${head}; export the model as ONNX, or store the file as it is with anyKind (--any-kind)`;
}

function readHead(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(file, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

function invalid(message: string, cause?: unknown): TricastError {
  return new TricastError("model-invalid", message, { cause });
}
