import { readFileSync } from "node:fs";

const SLOWEST = 10;

/** What a run of tests leaves: a line of JSON for each. */
export type Recorded =
  | { readonly kind: "file"; readonly file: string; readonly ms: number; readonly passed: boolean }
  | { readonly kind: "skipped"; readonly file: string; readonly title: string; readonly why: string }
  | { readonly kind: "matrix"; readonly coverage: string };

export function readRecord(path: string): readonly Recorded[] {
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Recorded);
}

/** A line for each test that did not run, with the reason. */
export function skippedLines(record: readonly Recorded[]): readonly string[] {
  return record
    .filter((one) => one.kind === "skipped")
    .map(({ file, title, why }) => `!! NOT RUN: ${file}: ${title}${why === "true" ? "" : `: ${why}`}`);
}

/** The coverage of each soak matrix, and the files that took longest. */
export function summaryLines(record: readonly Recorded[]): readonly string[] {
  const files = record.filter((one) => one.kind === "file").toSorted((a, b) => b.ms - a.ms);
  return [
    ...record.filter((one) => one.kind === "matrix").map(({ coverage }) => coverage),
    `${files.length} files; the slowest:`,
    ...files.slice(0, SLOWEST).map(({ file, ms }) => `${seconds(ms).padStart(10)}  ${file}`),
  ];
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
