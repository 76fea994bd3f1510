import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { AnyPredictor } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import { invalidOption } from "../usage-error.ts";

/** The JSON text of `--data`: the value, or the content of the file after `@`. @throws {TricastError} `invalid-option`. */
export function readData(data: string): string {
  const text = data.startsWith("@") ? readInputFile(resolve(data.slice(1))) : data;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (cause) {
    throw invalidOption(`--data is not JSON: ${messageOf(cause)}; write '{"key": 1}' or @FILE`, cause);
  }
}

/** An example of a predictor as JSON text. @throws {TricastError} `invalid-option` if the index is too large. */
export function readExample({ definition }: AnyPredictor, index: number): string {
  const { examples = [], name } = definition;
  if (index < examples.length) return JSON.stringify(examples[index]);
  throw invalidOption(
    `${name} has no example ${index}, only ${examples.length} examples numbered from 0; give one of them, or --data`,
  );
}

function readInputFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw invalidOption(`--data: ${file} cannot be read: ${messageOf(cause)}; name a file that exists`, cause);
  }
}
