import type { Environment } from "./environment.ts";
import type { Goal, SuiteResult, Table } from "./suite.ts";

/** A report of one suite, as Markdown that reads well in a terminal too. */
export function renderReport(result: SuiteResult, environment: Environment): string {
  const versions = Object.entries(result.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured ${environment.date} on a ${environment.machine}; Node ${environment.node} (V8 ${environment.v8}); load average ${environment.load}.`,
    versions.length === 0 ? "" : `Versions: ${versions.join(", ")}.`,
    ...result.tables.map(renderTable),
    result.goals.length === 0 ? "" : renderGoals(result.goals),
    `**Method.** ${result.method}`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function renderGoals(goals: readonly Goal[]): string {
  const rows = goals.map(({ claim, measured, met }) => [claim, measured, met ? "yes" : "no"]);
  return renderTable({ title: "Goals", columns: ["goal", "measured", "met"], rows });
}

function renderTable({ title, columns, rows }: Table): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, 3, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [`**${title}**`, "", line(columns), rule, ...rows.map(line)].join("\n");
}
