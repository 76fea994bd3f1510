import { getOrAdd } from "../get-or-add.ts";
import { METRICS, type MetricName } from "./table.ts";

/** Values of the labels in the metric's row of the table, in the same order. */
export type Labels = readonly string[];

/** The lines of a metric with these labels. */
interface Cell {
  lines(name: string, labels: string): readonly string[];
}

/** A metric with one cell for each set of labels. */
export class Metric<C extends Cell> {
  private readonly name: MetricName;
  private readonly make: () => C;
  private readonly cells = new Map<string, C>();

  constructor(name: MetricName, make: () => C) {
    this.name = name;
    this.make = make;
  }

  /** The cell for these labels. Code that runs for every request keeps the cell, so that it is not looked up again. */
  cell(labels: Labels): C {
    return getOrAdd(this.cells, labelText(this.name, labels), this.make);
  }

  text(): string {
    return block(
      this.name,
      [...this.cells].flatMap(([labels, cell]) => cell.lines(this.name, labels)),
    );
  }
}

/** A number that only increases. */
export class Counter implements Cell {
  value = 0;

  lines(name: string, labels: string): readonly string[] {
    return [`${name}${labels} ${this.value}`];
  }
}

/** Upper bounds in seconds: a tiny model answers in a fraction of a millisecond, a large one in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The number of durations in each bucket. */
export class Histogram implements Cell {
  private readonly counts = new Array<number>(BOUNDS.length + 1).fill(0);
  private sum = 0;

  observe(seconds: number): void {
    let index = 0;
    while (index < BOUNDS.length && seconds > (BOUNDS[index] as number)) index++;
    this.counts[index] = (this.counts[index] as number) + 1;
    this.sum += seconds;
  }

  lines(name: string, labels: string): readonly string[] {
    let count = 0;
    const lines = this.counts.map((inBucket, index) => {
      count += inBucket;
      return `${name}_bucket${labels.slice(0, -1)},le="${BOUNDS[index] ?? "+Inf"}"} ${count}`;
    });
    return [...lines, `${name}_sum${labels} ${this.sum}`, `${name}_count${labels} ${count}`];
  }
}

/** A metric whose values are read when the metrics are read. A number is the value of a metric without labels. */
export function gauge(name: MetricName, values: number | Iterable<readonly [labels: Labels, value: number]>): string {
  const samples = typeof values === "number" ? [[[], values] as const] : [...values];
  return block(
    name,
    samples.map(([labels, value]) => `${name}${labelText(name, labels)} ${value}`),
  );
}

/** github.com/prometheus/docs, content/docs/instrumenting/exposition_formats.md */
function block(name: MetricName, lines: readonly string[]): string {
  const { help, type } = METRICS[name];
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function labelText(name: MetricName, values: Labels): string {
  const { labels } = METRICS[name];
  if (labels.length === 0) return "";
  return `{${labels.map((label, index) => `${label}="${escapeValue(values[index] ?? "")}"`).join(",")}}`;
}

function escapeValue(value: string): string {
  return value.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
}
