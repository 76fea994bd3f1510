import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type AnyPredictor, TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";

/** The JSON text that `--data` means: itself, or a file behind an `@`. @throws {TricastError} `invalid-option`. */
export function readData(data: string): string {
  const text = data.startsWith("@") ? readInputFile(resolve(data.slice(1))) : data;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (cause) {
    throw new TricastError("invalid-option", `--data is not JSON: ${messageOf(cause)}; write '{"key": 1}' or @FILE`, {
      cause,
    });
  }
}

/** An example of a predictor as a client sends it. @throws {TricastError} `invalid-option` where it has none such. */
export function readExample({ definition }: AnyPredictor, index: number): string {
  const { examples = [], name } = definition;
  if (index < examples.length) return JSON.stringify(examples[index]);
  const known = examples.length === 0 ? "none" : `0 to ${examples.length - 1}`;
  throw new TricastError("invalid-option", `${name} has no example ${index}; it has ${known}. Give another, or --data`);
}

function readInputFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new TricastError("invalid-option", `--data: ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
