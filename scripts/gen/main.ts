// Writes every file that is made from code: npm run gen
// Compares instead, and shows what differs: npm run gen -- --check
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { errorsReference } from "./errors.ts";
import type { GeneratedFile, Generator } from "./generated-file.ts";
import { httpReference } from "./http.ts";
import { lineDiff } from "./line-diff.ts";
import { warmupReference } from "./warmup.ts";

const GENERATORS: readonly Generator[] = [errorsReference, httpReference, warmupReference];

const ROOT = join(import.meta.dirname, "..", "..");

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const files = GENERATORS.flatMap((generate) => generate());
const changed = files.filter((file) => existing(file) !== file.text);

if (values.check) {
  for (const file of changed) console.log(`${file.path}\n${lineDiff(existing(file) ?? "", file.text)}\n`);
  if (changed.length > 0) console.log('Run "npm run gen" and commit what it writes.');
  process.exitCode = changed.length > 0 ? 1 : 0;
} else for (const file of changed) write(file);
console.log(`${files.length} generated files, ${changed.length} ${values.check ? "out of date" : "written"}`);

function existing({ path }: GeneratedFile): string | undefined {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function write({ path, text }: GeneratedFile): void {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
  console.log(path);
}
