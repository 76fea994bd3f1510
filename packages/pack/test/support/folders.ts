import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { unzipSync } from "fflate";

/** A folder of its own for a test file, removed when its tests are done. The space in its name is the point. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "tricast build "));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Unpacks a zip as a platform does, by a reader that is not ours. */
export function unpack(zip: string, into: string): void {
  for (const [path, bytes] of Object.entries(unzipSync(readFileSync(zip)))) {
    const file = join(into, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    if (path.startsWith("node_modules/.bin/")) chmodSync(file, 0o755);
  }
}

/** Every file below a folder, sorted, with `/`. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Writes files by their paths. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
