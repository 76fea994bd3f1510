import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";

/** A folder that is removed after the tests of the file. The space in its name must not matter. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tricast versions "));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeFile(folder: string, path: string, content: string | Uint8Array): string {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, content);
  return full;
}
