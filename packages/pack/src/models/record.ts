import { existsSync, readFileSync } from "node:fs";
import type { OptimizedRecord } from "@tricast/onnx/optimize";
import { modelInvalid } from "../errors.ts";
import { parseJson } from "../files/parse-json.ts";

export const REMAKE = "Make it again with: tricast models optimize";

/** The path of the record of an optimised form. `model` is the original or the form. */
export function recordPath(model: string): string {
  return `${model.replace(/(?:\.optimized)?\.(?:onnx|ort)$/, "")}.tricast.json`;
}

/**
 * @returns `undefined` where the model has no record.
 * @throws {TricastError} `model-invalid` for a file that is not a record.
 */
export function readRecord(model: string): OptimizedRecord | undefined {
  const path = recordPath(model);
  if (!existsSync(path)) return undefined;
  const record = parseJson(readFileSync(path, "utf8")) as Partial<OptimizedRecord> | null | undefined;
  if (isRecord(record)) return record;
  throw modelInvalid(`${path} is not the record of an optimised model. ${REMAKE}`);
}

/** The first file of a form is another file than the original. */
function isRecord(record: Partial<OptimizedRecord> | null | undefined): record is OptimizedRecord {
  const original: unknown = record?.original?.file;
  const files: unknown = record?.variant?.files;
  if (typeof original !== "string" || !Array.isArray(files)) return false;
  return files.length > 0 && files[0] !== original && files.every((file) => typeof file === "string" && file !== "");
}
