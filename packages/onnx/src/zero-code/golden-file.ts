import { readFileSync } from "node:fs";
import { TricastError } from "@tricast/core";
import { parseJson } from "@tricast/core/adapter";
import { RECORD_ENDING, recordPath } from "../optimized/record.ts";

/** An input that the author of a model has recorded. */
export interface GoldenExample {
  /** As in the body of a request. */
  readonly input: unknown;
  /** Where it is from, for messages. */
  readonly place: string;
}

/** `iris.golden.jsonl` beside `iris.onnx` and its optimised forms. */
export function goldenPath(model: string): string {
  return `${recordPath(model).slice(0, -RECORD_ENDING.length)}.golden.jsonl`;
}

/**
 * The examples of the file at `path`: a line `{ "input": ..., "output": ..., "source": ... }` for each, where only `input` is
 * required. Empty without the file.
 * @throws {TricastError} `model-invalid` for a line of another form.
 */
export function readGolden(path: string): readonly GoldenExample[] {
  const text = readIfThere(path);
  return (text?.split("\n") ?? []).flatMap((line, index) => {
    const place = `line ${index + 1} of ${path}`;
    return line.trim() === "" ? [] : [{ input: inputOf(line, place), place }];
  });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw error;
  }
}

function inputOf(line: string, place: string): unknown {
  let value: unknown;
  try {
    value = parseJson(line, true);
  } catch (cause) {
    throw invalid(place, `is not JSON: ${(cause as Error).message}`, cause);
  }
  if (typeof value === "object" && value !== null && Object.hasOwn(value, "input")) {
    return (value as { readonly input: unknown }).input;
  }
  throw invalid(place, 'has no "input"');
}

function invalid(place: string, problem: string, cause?: unknown): TricastError {
  const message = `${place} ${problem}; write a line such as {"input": {"x": [[1, 2]]}, "source": "the training set"}`;
  return new TricastError("model-invalid", message, { cause });
}
