import { getOrAdd } from "../get-or-add.ts";
import { METRICS, type MetricName } from "./table.ts";

/** Values of the labels that the table names for the metric, in their order. */
export type Labels = readonly string[];

/** A number that goes up, for each set of labels. */
export class Counter {
  private readonly name: MetricName;
  private readonly cells = new Map<string, Cell>();

  constructor(name: MetricName) {
    this.name = name;
  }

  /** The cell of some labels; callers on the way of every request keep it. */
  cell(labels: Labels): Cell {
    const text = labelText(METRICS[this.name].labels, labels);
    return getOrAdd(this.cells, text, () => ({ value: 0 }));
  }

  text(): string {
    return block(
      this.name,
      [...this.cells].map(([labels, { value }]) => `${this.name}${labels} ${value}`),
    );
  }
}

export interface Cell {
  value: number;
}

/** Upper bounds in seconds: a tiny model answers in a fraction of a millisecond, a large one in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** How often something took how long, for each set of labels. */
export class Histogram {
  private readonly name: MetricName;
  private readonly cells = new Map<string, Buckets>();

  constructor(name: MetricName) {
    this.name = name;
  }

  cell(labels: Labels): Buckets {
    const text = labelText(METRICS[this.name].labels, labels);
    return getOrAdd(this.cells, text, () => new Buckets());
  }

  text(): string {
    return block(
      this.name,
      [...this.cells].flatMap(([labels, buckets]) => buckets.lines(this.name, labels)),
    );
  }
}

export class Buckets {
  private readonly counts = new Array<number>(BOUNDS.length + 1).fill(0);
  private sum = 0;

  observe(seconds: number): void {
    let index = 0;
    while (index < BOUNDS.length && seconds > (BOUNDS[index] as number)) index++;
    this.counts[index] = (this.counts[index] as number) + 1;
    this.sum += seconds;
  }

  lines(name: string, labels: string): string[] {
    let count = 0;
    const lines = this.counts.map((inBucket, index) => {
      count += inBucket;
      return `${name}_bucket${withLabel(labels, "le", String(BOUNDS[index] ?? "+Inf"))} ${count}`;
    });
    return [...lines, `${name}_sum${labels} ${this.sum}`, `${name}_count${labels} ${count}`];
  }
}

/** A metric whose values are asked for when it is read. */
export function gaugeText(name: MetricName, values: Iterable<readonly [labels: Labels, value: number]>): string {
  const lines = [...values].map(([labels, value]) => `${name}${labelText(METRICS[name].labels, labels)} ${value}`);
  return block(name, lines);
}

/** github.com/prometheus/docs, content/docs/instrumenting/exposition_formats.md */
function block(name: MetricName, lines: readonly string[]): string {
  const { help, type } = METRICS[name];
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function labelText(names: readonly string[], values: Labels): string {
  if (names.length === 0) return "";
  return `{${names.map((name, index) => `${name}="${escapeValue(values[index] ?? "")}"`).join(",")}}`;
}

function withLabel(labels: string, name: string, value: string): string {
  return `${labels.slice(0, -1)},${name}="${value}"}`;
}

function escapeValue(value: string): string {
  return value.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
}
