import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

/** `.cache/bench/<suite>.json`, which git ignores. */
export function writeJson(root: URL, suite: string, content: unknown): string {
  const folder = new URL(".cache/bench/", root);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${suite}.json`, folder), `${JSON.stringify(content, null, 2)}\n`);
  return `.cache/bench/${suite}.json`;
}

/** Puts a report between the markers of its suite in docs/benchmarks.md. */
export function writeDocs(root: URL, suite: string, report: string): void {
  const file = new URL("docs/benchmarks.md", root);
  writeFileSync(file, replaceSection(readFileSync(file, "utf8"), suite, report));
}

/** @throws {Error} if the document does not have a section for this suite. */
export function replaceSection(document: string, suite: string, report: string): string {
  const open = `<!-- bench:${suite} -->`;
  const close = `<!-- /bench:${suite} -->`;
  const start = document.indexOf(open);
  const end = document.indexOf(close);
  if (start === -1 || end < start) throw new Error(`docs/benchmarks.md has no section ${open} ... ${close}`);
  return `${document.slice(0, start + open.length)}\n${report}\n${document.slice(end)}`;
}
