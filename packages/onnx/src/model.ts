import { TricastError } from "@tricast/core";
import { didYouMean } from "@tricast/core/adapter";
import type { ExecutionStats } from "./execution/stats.ts";
import { FeedReader, type Feeds, invalidTensor, isProblems } from "./feeds.ts";
import type { RowJoins } from "./joining/row-joins.ts";
import type { GraphValues, OnnxValueInfo } from "./metadata.ts";
import type { Fetches, ModelOrigin, OnnxRunOptions, Outputs, Runner } from "./runner.ts";
import { type TensorInput, toTensor } from "./tensor/from-value.ts";
import type { Tensor } from "./tensor/tensor.ts";

/** A loaded graph. */
export interface OnnxModel {
  readonly inputs: readonly OnnxValueInfo[];
  /** The outputs that are tensors. */
  readonly outputs: readonly OnnxValueInfo[];
  /**
   * Runs the graph on one {@link TensorInput} per input, and returns one tensor per output.
   *
   * On hosts that serve one request at a time the runtime works on the calling thread, and the returned promise is already
   * settled. On hosts that serve many, a request may wait for a worker thread and share a run with others
   * (docs: execution). Then do not change the arrays and tensors until the promise settles.
   *
   * @throws {TricastError} `invalid-tensor` when the inputs do not fit the graph, with every issue's pointer
   * (`/input/row/column`); clients of a predictor with code get `predict-failed` instead. `invalid-option` for an output
   * that the graph does not have; `predict-failed` with the runtime's message; `shutting-down` after `close`. Where runs
   * wait: `overloaded` when too many wait, and `worker-crashed`.
   * @example
   * const { label } = await model.run({ X: [[5.1, 3.5, 1.4, 0.2]] });
   * label?.toArray(); // [0]
   */
  run(feeds: Readonly<Record<string, TensorInput>>, options?: OnnxRunOptions): Promise<Record<string, Tensor>>;
  /**
   * Releases the session when the current runs are done. Runs that still wait reject with `shutting-down`. Returns a
   * promise where that takes time. Further calls have no effect.
   */
  close(): void | Promise<void>;
}

/** The parts of a loaded model. */
export interface ModelParts<Ran extends Outputs | Promise<Outputs>> extends GraphValues {
  /** The name of the model in errors. */
  readonly name: string;
  readonly nonFinite: "allow" | "refuse";
  readonly runner: Runner<Ran>;
  readonly origin: ModelOrigin;
  /** Set where requests share runs. */
  readonly joins?: RowJoins;
}

/** The implementation of {@link OnnxModel}. Serving without code also calls `runTensors`, which does not need a promise. */
export class LoadedModel<Ran extends Outputs | Promise<Outputs> = Outputs> implements OnnxModel {
  readonly name: string;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly reader: FeedReader;
  readonly nonFinite: "allow" | "refuse";
  readonly origin: ModelOrigin;
  readonly joins: RowJoins | undefined;
  /** Every output. */
  readonly allOutputs: Fetches;
  private readonly runner: Runner<Ran>;
  private closing: void | Promise<void> = undefined;
  private closed = false;

  constructor(parts: ModelParts<Ran>) {
    this.name = parts.name;
    this.inputs = parts.inputs;
    this.outputs = parts.outputs;
    this.nonFinite = parts.nonFinite;
    this.reader = new FeedReader(parts.inputs);
    this.allOutputs = fetchesOf(parts.outputs.map(({ name }) => name));
    this.runner = parts.runner;
    this.origin = parts.origin;
    this.joins = parts.joins;
  }

  async run(feeds: Readonly<Record<string, TensorInput>>, options?: OnnxRunOptions): Promise<Outputs> {
    const fetches = options?.outputs === undefined ? this.allOutputs : this.fetchesFor(options.outputs);
    const tensors = this.reader.read(feeds, (info, value) => toTensor(info.type, info.shape, value, this.nonFinite));
    if (isProblems(tensors)) throw invalidTensor(tensors, true);
    return this.runTensors(tensors, fetches, options) as Outputs | Promise<Outputs>;
  }

  /** Runs on tensors that are known to fit the graph. */
  runTensors(feeds: Feeds, fetches: Fetches = this.allOutputs, options?: Pick<OnnxRunOptions, "signal">): Ran {
    if (this.closed) throw new TricastError("shutting-down", `the model ${this.name} is closed`);
    return this.runner.run(feeds, fetches, options);
  }

  /** `undefined` where runs are synchronous. */
  stats(): ExecutionStats | undefined {
    return this.runner.stats?.();
  }

  close(): void | Promise<void> {
    if (!this.closed) {
      this.closed = true;
      this.closing = this.runner.close();
    }
    return this.closing;
  }

  /** @throws {TricastError} `invalid-option` for an output that the graph does not have. */
  fetchesFor(wanted: readonly string[]): Fetches {
    for (const name of wanted) {
      if (Object.hasOwn(this.allOutputs, name)) continue;
      const names = Object.keys(this.allOutputs);
      const fix = didYouMean(name, names, `tensor outputs: ${names.join(", ")}`);
      throw new TricastError(
        "invalid-option",
        `outputs: ${this.name} has no tensor output ${JSON.stringify(name)}; ${fix}`,
      );
    }
    return fetchesOf(wanted);
  }
}

/** A model of any host. */
export type AnyLoadedModel = LoadedModel<Outputs | Promise<Outputs>>;

function fetchesOf(names: readonly string[]): Fetches {
  return Object.fromEntries(names.map((name) => [name, null]));
}
