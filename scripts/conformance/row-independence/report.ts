import type { Comparison, Finding, OperatorRecord, Recognised } from "./comparison.ts";
import type { Corpus, JudgedModel } from "./corpus.ts";

export const LEAST_OPERATORS = 180;
export const LEAST_SHARE = 0.95;
const STANDARD_DOMAINS = ["", "ai.onnx.ml"];
/** Rounding above this is reported: the promise of joined runs for most operators. */
const PROMISED = 1e-5;
const SHOWN_FINDINGS = 60;
const SHOWN_REASONS = 3;

export interface Shares {
  /** Operators of the standard, its domain for classical models included. */
  readonly standardOperators: number;
  /** The share of the operators with an independent setting for which at least one setting is recognised. */
  readonly ofOperators: number;
  /** The share of all independent outputs of operators. */
  readonly ofSettings: number;
}

export function sharesOf({ operators }: Comparison): Shares {
  const able = operators.filter(({ independent }) => independent > 0);
  const sum = (of: (one: OperatorRecord) => number) => able.reduce((all, one) => all + of(one), 0);
  return {
    standardOperators: operators.filter(({ domain }) => STANDARD_DOMAINS.includes(domain)).length,
    ofOperators: share(able.filter((one) => one.recognised > 0).length, able.length),
    ofSettings: share(
      sum((one) => one.recognised),
      sum((one) => one.independent),
    ),
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Everything that makes the comparison fail. A part of the cases says nothing of how many operators are recognised. */
export function failuresOf(comparison: Comparison, corpus: Corpus): string[] {
  return [
    ...described("called independent, but is not", comparison.unsound),
    ...described("no verdict", comparison.broken),
    ...described("the referee or the author of the graph is wrong", comparison.disputed),
    ...corpus.summary.composedDropped.map((one) => `a composed graph does not run: ${one}`),
    ...(corpus.isWhole ? shortfalls(comparison) : []),
  ];
}

function shortfalls(comparison: Comparison): string[] {
  const { standardOperators, ofOperators, ofSettings } = sharesOf(comparison);
  return [
    ...(standardOperators < LEAST_OPERATORS
      ? [`${standardOperators} operators of the standard are tried; at least ${LEAST_OPERATORS} must be`]
      : []),
    ...shortfall("operators", ofOperators),
    ...shortfall("settings", ofSettings),
  ];
}

function shortfall(of: string, found: number): string[] {
  return found < LEAST_SHARE ? [`${percent(found)} of the independent ${of} are recognised; the goal is 95 %`] : [];
}

/** The first findings of each operator come first, so that one operator does not hide the others. */
function described(what: string, findings: readonly Finding[]): string[] {
  const ofOperators = [...Map.groupBy(findings, ({ model }) => nameOf(model)).values()];
  const placed = ofOperators.flatMap((group) => group.map((one, place) => ({ one, place })));
  return placed
    .sort((a, b) => a.place - b.place)
    .map(({ one: { model, output, why } }) => {
      const lines = [
        `${what}: ${nameOf(model)}, output ${output}, opset ${model.opset}`,
        model.setting,
        why,
        model.file,
      ];
      return lines.join("\n    ");
    });
}

function nameOf({ kind, domain, op }: JudgedModel): string {
  return kind === "operator" ? qualified(domain, op) : `${kind} ${op}`;
}

export function printReport(comparison: Comparison, corpus: Corpus): void {
  printOperators(comparison.operators, corpus);
  printMissed(comparison);
  printRounding(corpus);
  const { ofOperators, ofSettings } = sharesOf(comparison);
  const { expanded, composed } = comparison;
  console.log(`\nrecognised: ${percent(ofOperators)} of the operators, ${percent(ofSettings)} of their settings,`);
  console.log(
    `  ${recognisedOf(expanded)} of the expanded operators, ${recognisedOf(composed)} of the composed graphs`,
  );
}

export function printFailures(failures: readonly string[], folder: string): void {
  for (const one of failures.slice(0, SHOWN_FINDINGS)) console.log(`FAILED: ${one}`);
  if (failures.length > SHOWN_FINDINGS) console.log(`... and ${failures.length - SHOWN_FINDINGS} more`);
  if (failures.length > 0) console.log(`the models are in ${folder}`);
}

function printOperators(operators: readonly OperatorRecord[], { models, summary }: Corpus): void {
  for (const domain of [...new Set(operators.map((one) => one.domain))].sort()) {
    const own = operators.filter((one) => one.domain === domain);
    const names = own.map(({ op, settings }) => `${op} ${settings}`).sort();
    console.log(`\n${domain || "ai.onnx"}: ${own.length} operators, with how many models each\n  ${names.join(", ")}`);
  }
  console.log("\nnot tried:");
  for (const [name, why] of Object.entries(summary.untried)) console.log(`  ${name}: ${why.slice(0, 160)}`);
  const outputs = models.flatMap((model) => Object.values(model.outputs));
  const independent = outputs.filter((output) => output.independent).length;
  console.log(
    `\n${models.length} models, ${independent} independent and ${outputs.length - independent} dependent outputs`,
  );
  const dropped = Object.entries(summary.dropped).map(([why, count]) => `${count} ${why}`);
  console.log(`left out: ${dropped.join(", ")}; ${Object.keys(summary.skipped).length} tests of the standard`);
  for (const one of summary.ended) console.log(`  ends the runtime: ${one}`);
}

function printMissed({ operators, expanded, composed }: Comparison): void {
  const missing = operators.filter(({ missed }) => missed.length > 0);
  if (missing.length > 0) console.log("\nindependent and not recognised:");
  for (const one of [...missing].sort((a, b) => a.recognised / a.independent - b.recognised / b.independent)) {
    console.log(`  ${qualified(one.domain, one.op)}: ${one.missed.length} of ${one.independent}`);
    printReasons(one.missed);
  }
  for (const [title, { missed }] of Object.entries({ "expanded operators": expanded, "composed graphs": composed })) {
    if (missed.length > 0) console.log(`  ${title}`);
    for (const { model, output, why } of missed) console.log(`    ${model.op}, ${output}: ${firstLine(why)}`);
  }
}

function printReasons(missed: readonly Finding[]): void {
  const byReason = Map.groupBy(missed, ({ why }) => firstLine(why));
  const reasons = [...byReason].sort(([, a], [, b]) => b.length - a.length).slice(0, SHOWN_REASONS);
  for (const [why, found] of reasons) {
    console.log(`    ${found.length}: ${why}`);
    console.log(`       such as ${found[0]?.model.setting} (${found[0]?.model.file})`);
  }
}

function printRounding({ models }: Corpus): void {
  const largest = new Map<string, number>();
  const placed = new Set<string>();
  for (const model of models.filter(({ kind }) => kind === "operator")) {
    for (const { rounding = 0, dependsOnPosition } of Object.values(model.outputs)) {
      if (rounding > PROMISED) largest.set(nameOf(model), Math.max(largest.get(nameOf(model)) ?? 0, rounding));
      if (dependsOnPosition === true) placed.add(nameOf(model));
    }
  }
  const rounded = [...largest].sort(([, a], [, b]) => b - a).map(([name, most]) => `${name} ${most}`);
  console.log(`\nrounds by more than ${PROMISED} of a row's magnitude: ${rounded.join(", ") || "none"}`);
  console.log(`bits depend on the place among the rows: ${[...placed].sort().join(", ") || "none"}`);
}

function recognisedOf({ recognised, independent }: Recognised): string {
  return `${recognised} of ${independent}`;
}

function qualified(domain: string, op: string): string {
  return domain === "" ? op : `${domain}.${op}`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
