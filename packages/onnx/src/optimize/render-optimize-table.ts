import type { PairTimes } from "./child-messages.ts";
import type { Candidate } from "./choose-candidate.ts";
import type { OptimizeResult } from "./optimize-model.ts";

const COLUMNS = ["form", "size", "load", "first", "cold", "1 row", "x", "16 rows", "x", "memory", "difference"];

/** The measurements and the decision, for a terminal. */
export function renderOptimizeTable(result: OptimizeResult): string {
  const { candidates, chosen, target } = result;
  const { one, sixteen } = candidates.find((candidate) => candidate.one !== undefined) ?? {};
  const measured = candidates.filter(({ cold, one }) => cold !== undefined || one !== undefined);
  const rows = [
    toRow("original", { cold: result.original, one, sixteen }, true),
    ...measured.map((candidate) => toRow(`${candidate === chosen ? "> " : ""}${candidate.name}`, candidate, false)),
  ];
  const refused = candidates.filter((candidate) => candidate.refused !== undefined);
  const { cpu, arch, threads } = target;
  return [
    `${result.model}, ${result.runtime}, ${arch}${cpu === undefined ? "" : ` ${cpu}`}, threads: ${threads}`,
    "",
    renderTable(COLUMNS, rows),
    "",
    `Milliseconds and MiB, medians of ${result.rounds} processes; files were read before, so disk time is not included.`,
    ...refused.map(({ name, refused: why }) => `Not ${name}: ${why}.`),
    "",
    result.reason,
    ...result.files.map((file) => `  ${file}`),
  ].join("\n");
}

type Figures = { readonly [K in "bytes" | "cold" | "difference" | "one" | "sixteen"]?: Candidate[K] | undefined };

function toRow(label: string, { bytes, cold, one, sixteen, difference }: Figures, isOriginal: boolean): string[] {
  return [
    label,
    bytes === undefined ? "" : megabytes(bytes),
    ...coldCells(cold),
    ...steadyCells(one, isOriginal),
    ...steadyCells(sixteen, isOriginal),
    peak(cold?.peakMb),
    difference === undefined ? "" : difference.toExponential(0),
  ];
}

function coldCells(cold: Candidate["cold"]): string[] {
  return cold === undefined ? ["", "", ""] : [cold.loadMs, cold.firstMs, cold.coldMs].map((value) => value.toFixed(1));
}

function steadyCells(times: PairTimes | undefined, isOriginal: boolean): string[] {
  if (times === undefined) return ["", ""];
  const value = isOriginal ? times.originalMs : times.candidateMs;
  return [value < 1 ? value.toFixed(3) : value.toFixed(1), isOriginal ? "" : times.ratio.toFixed(2)];
}

function peak(mebibytes: number | undefined): string {
  return mebibytes === undefined ? "" : mebibytes.toFixed(0);
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Names are left-aligned, figures right-aligned. */
function renderTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!))).join("  ");
  return [line(columns), ...rows.map(line)].join("\n");
}
