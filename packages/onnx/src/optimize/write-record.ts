import { createHash } from "node:crypto";
import { createReadStream, renameSync, statSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileSample } from "../optimized/file-sample.ts";
import type { OptimizedRecord, Variant } from "../optimized/record.ts";

/** Writes `<name>.tricast.json` atomically. */
export async function writeRecord(
  path: string,
  model: string,
  variant: Variant,
  files: readonly string[],
): Promise<void> {
  const { size, mtimeMs } = statSync(model);
  const record: OptimizedRecord = {
    format: 1,
    original: {
      file: basename(model),
      size,
      modified: Math.trunc(mtimeMs),
      sha256: await sha256(model),
      sample: fileSample(model, size),
    },
    variant,
    sizes: Object.fromEntries(files.map((file) => [basename(file), statSync(file).size])),
  };
  writeFileSync(`${path}.part`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${path}.part`, path);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}
