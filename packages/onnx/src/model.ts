import { TricastError } from "@tricast/core";
import type { NativeSession, NativeTensor } from "./binding.ts";
import { FeedReader, type Feeds, invalidTensor, isProblems } from "./feeds.ts";
import type { OnnxValueInfo } from "./metadata.ts";
import { didYouMean } from "./nearest.ts";
import { type TensorInput, toTensor } from "./tensor/from-value.ts";
import { isTensor, Tensor } from "./tensor/tensor.ts";

export interface OnnxRunOptions {
  /** Outputs to compute; fewer are faster. Default: every tensor output. */
  readonly outputs?: readonly string[];
}

/** A loaded graph. */
export interface OnnxModel {
  readonly inputs: readonly OnnxValueInfo[];
  /** The outputs that are tensors. */
  readonly outputs: readonly OnnxValueInfo[];
  /**
   * Runs the graph on one tensor per input, given as {@link TensorInput} says, and gives one tensor per output.
   *
   * The runtime works on the calling thread: the promise is settled when it is returned.
   *
   * @throws {TricastError} `invalid-tensor` when the inputs do not fit the graph, with every issue's pointer
   * (`/input/row/column`); `invalid-option` for an output the graph does not have; `predict-failed` with the runtime's
   * message; `shutting-down` after `close`.
   * @example
   * const { label } = await model.run({ X: [[5.1, 3.5, 1.4, 0.2]] });
   * label?.toArray(); // [0]
   */
  run(feeds: Readonly<Record<string, TensorInput>>, options?: OnnxRunOptions): Promise<Record<string, Tensor>>;
  /** Releases the session. Calling it again does nothing. */
  close(): void;
}

export interface LoadedGraph {
  /** What errors call the model. */
  readonly name: string;
  readonly session: NativeSession;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly nonFinite: "allow" | "refuse";
  readonly onClose: () => void;
}

type Fetches = Readonly<Record<string, null>>;

/** The one implementation of {@link OnnxModel}; zero-code serving also uses its checked, promise-free half. */
export class LoadedModel implements OnnxModel {
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly reader: FeedReader;
  readonly nonFinite: "allow" | "refuse";
  private readonly graph: LoadedGraph;
  private readonly allOutputs: Fetches;
  private closed = false;

  constructor(graph: LoadedGraph) {
    this.graph = graph;
    this.inputs = graph.inputs;
    this.outputs = graph.outputs;
    this.nonFinite = graph.nonFinite;
    this.reader = new FeedReader(graph.inputs);
    this.allOutputs = fetchesOf(graph.outputs.map(({ name }) => name));
  }

  async run(feeds: Readonly<Record<string, TensorInput>>, options?: OnnxRunOptions): Promise<Record<string, Tensor>> {
    const fetches = options?.outputs === undefined ? this.allOutputs : this.fetchesFor(options.outputs);
    const tensors = this.reader.read(feeds, (info, value) => toTensor(info.type, info.shape, value, this.nonFinite));
    if (isProblems(tensors)) throw invalidTensor(tensors);
    return this.runTensors(tensors, fetches);
  }

  /** Runs on tensors already known to fit the graph. */
  runTensors(feeds: Feeds, fetches: Fetches = this.allOutputs): Record<string, Tensor> {
    if (this.closed) throw new TricastError("shutting-down", `the model ${this.graph.name} is closed`);
    const results = this.runNative(feeds, fetches);
    for (const name in results) {
      const result = results[name]!;
      // Whoever initialised the addon last on this thread chose the class: onnxruntime-node itself, or another copy of us.
      if (!isTensor(result)) results[name] = new Tensor(result.type, result.data, result.dims);
    }
    return results as Record<string, Tensor>;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.graph.session.dispose();
    this.graph.onClose();
  }

  private runNative(feeds: Feeds, fetches: Fetches): Record<string, NativeTensor> {
    try {
      return this.graph.session.run(feeds, fetches);
    } catch (cause) {
      const shapes = Object.entries(feeds).map(([name, { type, dims }]) => `${name}: ${type} [${dims.join(", ")}]`);
      throw new TricastError(
        "predict-failed",
        `ONNX Runtime failed on ${this.graph.name} with ${shapes.join(", ")}: ${(cause as Error).message.trim()}`,
        { cause },
      );
    }
  }

  private fetchesFor(wanted: readonly string[]): Fetches {
    for (const name of wanted) {
      if (Object.hasOwn(this.allOutputs, name)) continue;
      const names = Object.keys(this.allOutputs);
      throw new TricastError(
        "invalid-option",
        `outputs: ${this.graph.name} has no tensor output ${JSON.stringify(name)}${didYouMean(name, names)} It has ${names.join(", ")}`,
      );
    }
    return fetchesOf(wanted);
  }
}

function fetchesOf(names: readonly string[]): Fetches {
  return Object.fromEntries(names.map((name) => [name, null]));
}
