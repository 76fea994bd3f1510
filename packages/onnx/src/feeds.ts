import { type Issue, TricastError } from "@tricast/core";
import { didYouMean } from "@tricast/core/adapter";
import { type OnnxValueInfo, UNNAMED } from "./metadata.ts";
import { Mismatch, show, toPointer } from "./tensor/mismatch.ts";
import { showShape } from "./tensor/shape.ts";
import { Tensor } from "./tensor/tensor.ts";

export type Feeds = Readonly<Record<string, Tensor>>;
export type ConvertInput = (info: OnnxValueInfo, value: unknown) => Tensor | Mismatch;

/** Inputs that share no memory with the given ones. */
export function copyFeeds(feeds: Feeds): Feeds {
  const entries = Object.entries(feeds).map(([name, { type, data, dims }]) => [
    name,
    new Tensor(type, data.slice(), dims),
  ]);
  return Object.fromEntries(entries);
}

/** Converts values into one tensor per input of a graph, or lists everything that is wrong with them. */
export class FeedReader {
  readonly inputs: readonly OnnxValueInfo[];
  /** Names of dimensions that occur more than once. Their sizes must agree. */
  private readonly shared: ReadonlySet<string>;
  private readonly names: readonly string[];

  constructor(inputs: readonly OnnxValueInfo[]) {
    this.inputs = inputs;
    this.names = inputs.map(({ name }) => name);
    this.shared = sharedDimensions(inputs);
  }

  read(given: unknown, convert: ConvertInput): Feeds | readonly Mismatch[] {
    if (!isRecord(given))
      return [new Mismatch(`expected an object by input name (${this.names.join(", ")}), got ${show(given)}`)];
    const problems: Mismatch[] = [];
    const feeds: Record<string, Tensor> = {};
    for (const info of this.inputs) {
      const value = Object.hasOwn(given, info.name) ? given[info.name] : undefined;
      const tensor = value === undefined ? missing(info) : convert(info, value);
      if (tensor instanceof Mismatch) problems.push(tensor.under(info.name));
      else feeds[info.name] = tensor;
    }
    this.findUnknown(given, problems);
    if (problems.length === 0 && this.shared.size > 0) this.findDisagreement(feeds, problems);
    return problems.length === 0 ? feeds : problems;
  }

  private findUnknown(given: Readonly<Record<string, unknown>>, problems: Mismatch[]): void {
    for (const name of Object.keys(given)) {
      if (this.names.includes(name)) continue;
      const fix = didYouMean(name, this.names, `inputs: ${this.names.join(", ")}`);
      problems.push(new Mismatch(`the model has no input ${show(name)}; ${fix}`, [name]));
    }
  }

  private findDisagreement(feeds: Feeds, problems: Mismatch[]): void {
    const seen = new Map<string, Seen>();
    for (const { name, shape } of this.inputs) {
      for (const [axis, dim] of shape.entries()) {
        if (typeof dim !== "string" || !this.shared.has(dim)) continue;
        const size = feeds[name]!.dims[axis]!;
        const first = seen.get(dim);
        if (first === undefined) seen.set(dim, { input: name, size });
        else if (first.size !== size) problems.push(disagreement(dim, first, { input: name, size }));
      }
    }
  }
}

function sharedDimensions(inputs: readonly OnnxValueInfo[]): ReadonlySet<string> {
  const names = inputs.flatMap(({ shape }) => shape.filter((dim) => typeof dim === "string" && dim !== UNNAMED));
  return new Set(names.filter((name, index) => names.indexOf(name) !== index) as string[]);
}

interface Seen {
  readonly input: string;
  readonly size: number;
}

function disagreement(dim: string, first: Seen, second: Seen): Mismatch {
  const other = first.input === second.input ? "another axis" : `input ${show(first.input)}`;
  return new Mismatch(`dimension ${show(dim)} is ${second.size} here and ${first.size} in ${other}`, [second.input]);
}

function missing({ type, shape }: OnnxValueInfo): Mismatch {
  return new Mismatch(`the input is missing: expected ${type} values of shape ${showShape(shape)}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

export function isProblems(result: Feeds | readonly Mismatch[]): result is readonly Mismatch[] {
  return Array.isArray(result);
}

/** The error for all problems. Its message names the first, its issues list all. */
export function invalidTensor(problems: readonly Mismatch[], fromModel = false): TricastError {
  const issues: Issue[] = problems.map(({ path, message }) => ({ pointer: toPointer(path), message }));
  const { pointer, message } = issues[0]!;
  const where = pointer === "" ? "" : `${pointer}: `;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return new TricastError("invalid-tensor", `${where}${message}${more}`, { issues, fromModel });
}
