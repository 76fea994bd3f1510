import { overBudget } from "../errors.ts";
import type { Budget, Limit } from "./budget.ts";

/** A file or part of an artefact, for the table of the largest files. */
export interface Weighed {
  readonly path: string;
  readonly bytes: number;
}

export interface Weight {
  readonly what: string;
  readonly amount: number;
  readonly of: readonly Weighed[];
}

const SHOWN = 10;

/**
 * @param waysOut remedies, as text.
 * @throws {TricastError} `over-budget` with the limit, its source, the largest files and the remedies.
 */
export function checkLimit(limit: Limit | undefined, { what, amount, of }: Weight, waysOut: readonly string[]): void {
  if (limit === undefined || amount <= limit.most) return;
  const isBytes = of.length > 0;
  const show = (value: number) => (isBytes ? formatBytes(value) : String(value));
  const largest = [...of].sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1)).slice(0, SHOWN);
  const table = largest.map(({ path, bytes }) => `  ${formatBytes(bytes).padStart(9)}  ${path}`);
  throw overBudget(
    [
      `${what}: ${show(amount)}, and the limit is ${show(limit.most)} (${limit.source}, read ${limit.date}). Nothing was written.`,
      ...(table.length === 0 ? [] : ["The largest files:", ...table]),
      "Ways out:",
      ...waysOut.map((way) => `  - ${way}`),
    ].join("\n"),
  );
}

/** Checks the names and values together, as the platform does. */
export function checkEnvironment(budget: Budget, environment: Readonly<Record<string, string>>, what: string): void {
  const of = Object.entries(environment).map(([name, value]) => ({
    path: name,
    bytes: Buffer.byteLength(name) + Buffer.byteLength(value),
  }));
  checkLimit(budget.environmentBytes, { what: `the environment of ${what}`, amount: sum(of), of }, [
    "keep long values in a parameter store or a secret, and their names here",
  ]);
}

export function sum(of: readonly Pick<Weighed, "bytes">[]): number {
  return of.reduce((total, { bytes }) => total + bytes, 0);
}

/** 62513 becomes `62.5 kB`: decimal units. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
