import { Worker } from "node:worker_threads";
import { TricastError } from "@tricast/core";
import type { Feeds } from "../feeds.ts";
import type { NativeMetadata } from "../metadata.ts";
import type { Fetches, Outputs } from "../runner.ts";
import { runFailed } from "../session-runner.ts";
import { Tensor } from "../tensor/tensor.ts";
import { ARRAY_OF, type NumericTensorData, type TensorData, type TensorType } from "../tensor/types.ts";
import { guardExit, makeFlags } from "./exit-guard.ts";
import type { Lane, Outcome } from "./lane.ts";
import {
  type FromWorker,
  type GuardedStart,
  type SentTensor,
  type ToWorker,
  type WorkerStart,
  workerSource,
} from "./worker-main.ts";

/** The runtime in the worker refused the model, with this message. */
export class RefusedModel extends Error {}

interface Job {
  readonly feeds: Feeds;
  readonly done: (outcome: Outcome) => void;
}

/** One session in its own worker thread. The thread keeps the process alive only while it runs. */
export class WorkerLane implements Lane {
  busy = false;
  /** Whether it has answered a request. */
  served = false;
  /** Called when the worker has ended unexpectedly, before its run is rejected. */
  onCrash: ((lane: WorkerLane, cause: TricastError) => void) | undefined;
  private readonly name: string;
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  private job: Job | undefined;
  private readonly opening = Promise.withResolvers<NativeMetadata>();
  private closing = false;
  private thrown: unknown;

  /**
   * @param name The name of the model in errors.
   * @throws {RefusedModel} @throws {TricastError} `worker-crashed` when the worker ended before the model was loaded.
   */
  static async open(
    name: string,
    start: WorkerStart,
  ): Promise<{ readonly lane: WorkerLane; readonly metadata: NativeMetadata }> {
    const lane = new WorkerLane(name, start);
    return { lane, metadata: await lane.opening.promise };
  }

  private constructor(name: string, start: WorkerStart) {
    this.name = name;
    const workerData: GuardedStart = { ...start, flags: makeFlags() };
    // Without the flags of this process: some of them would make the worker read its text as a module.
    this.worker = new Worker(workerSource(), { eval: true, execArgv: [], name: "tricast", workerData });
    const unguard = guardExit(workerData.flags);
    this.worker.on("message", (message: FromWorker) => this.receive(message));
    this.worker.on("error", (error) => {
      this.thrown = error;
    });
    this.ended = new Promise((resolve) => {
      this.worker.once("exit", (code) => {
        unguard();
        this.end(code);
        resolve();
      });
    });
  }

  run(feeds: Feeds, fetches: Fetches, done: (outcome: Outcome) => void): void {
    this.job = { feeds, done };
    this.worker.ref();
    try {
      this.send({ feeds: toSent(feeds), outputs: Object.keys(fetches) });
    } catch (error) {
      // An array that was transferred to another thread after the call cannot be sent.
      this.finish({ error: runFailed(this.name, feeds, (error as Error).message, error), crashed: false });
    }
  }

  /** Releases the session after the current run, and ends the thread. */
  close(): Promise<void> {
    if (!this.closing) {
      this.closing = true;
      this.worker.ref();
      this.send("close");
    }
    return this.ended;
  }

  private send(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private receive(message: FromWorker): void {
    if ("outputs" in message) {
      this.served = true;
      this.finish({ outputs: toOutputs(message.outputs), ms: message.ms });
    } else if ("failed" in message) {
      this.finish({
        error: runFailed(this.name, this.job?.feeds ?? {}, message.failed, new Error(message.failed)),
        crashed: false,
      });
    } else this.open(message);
  }

  private open(message: NativeMetadata | { readonly refused: string }): void {
    this.worker.unref();
    if ("refused" in message) {
      void this.close();
      this.opening.reject(new RefusedModel(message.refused));
    } else this.opening.resolve(message);
  }

  private finish(outcome: Outcome): void {
    const { job } = this;
    this.job = undefined;
    this.worker.unref();
    job?.done(outcome);
  }

  private end(code: number): void {
    const expected = this.closing && this.job === undefined;
    this.closing = true;
    const why = this.thrown === undefined ? `it exited with code ${code}` : (this.thrown as Error).message;
    const cause = this.crashed(why);
    this.opening.reject(cause);
    // First, so that a lane that has ended does not get another run.
    if (!expected) this.onCrash?.(this, cause);
    if (this.job !== undefined) this.finish({ error: cause, crashed: true });
  }

  private crashed(why: string): TricastError {
    return new TricastError("worker-crashed", `the worker that ran ${this.name} ended: ${why}`, {
      cause: this.thrown,
      retryAfterSeconds: 1,
    });
  }
}

function toSent(feeds: Feeds): SentTensor[] {
  const sent: SentTensor[] = [];
  for (const name in feeds) {
    const { type, data, dims } = feeds[name]!;
    sent.push([name, type, toSend(type, data), dims]);
  }
  return sent;
}

/** A copy if the array is part of a larger buffer, which would be sent in full, or is shared with other threads. */
function toSend(type: TensorType, data: TensorData): unknown {
  if (type === "string") return data;
  const array = data as NumericTensorData;
  if (array.byteLength === array.buffer.byteLength && array.buffer instanceof ArrayBuffer) return array;
  const copy = new ARRAY_OF[type](array.length);
  (copy as Float32Array).set(array as Float32Array);
  return copy;
}

function toOutputs(sent: readonly SentTensor[]): Outputs {
  const outputs: Outputs = {};
  for (const [name, type, data, dims] of sent) outputs[name] = new Tensor(type as TensorType, data as TensorData, dims);
  return outputs;
}
