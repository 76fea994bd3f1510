import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { readRecord, recordPath, type Variant } from "../optimized/record.ts";
import type { WrittenForm } from "./forms.ts";
import type { OptimizeTask } from "./options.ts";
import { writeRecord } from "./write-record.ts";

type Destination = Pick<OptimizeTask, "model" | "out">;

/** Moves a form to where `onnx()` finds it. @returns Absolute paths: its files, then its record. */
export async function saveForm(task: Destination, form: WrittenForm, variant: Variant): Promise<readonly string[]> {
  const files = form.files.map((file) => join(task.out, basename(file)));
  for (const [index, file] of files.entries()) move(form.files[index]!, file);
  const record = recordOf(task);
  await writeRecord(record, task.model, variant, files);
  return [...files, record];
}

/** Removes a form that was saved earlier. The record is removed first: without it, `onnx()` ignores the files. */
export function removeSavedForm(task: Destination): void {
  const record = recordOf(task);
  if (!existsSync(record)) return;
  const files = filesOf(record);
  rmSync(record);
  for (const file of files) rmSync(join(task.out, file), { force: true });
}

function recordOf({ model, out }: Destination): string {
  return join(out, basename(recordPath(model)));
}

function filesOf(record: string): readonly string[] {
  try {
    return readRecord(record)?.variant.files ?? [];
  } catch {
    return [];
  }
}

/** A running process keeps the file that it has mapped, because the name gets a new file. */
function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    copyFileSync(from, to);
  }
}
