import { TricastError } from "@tricast/core";
import type { NativeSession, NativeTensor } from "./binding.ts";
import type { Feeds } from "./feeds.ts";
import type { Fetches, Outputs, Runner } from "./runner.ts";
import { isTensor, Tensor } from "./tensor/tensor.ts";

/** Runs a session of this thread, on this thread. */
export class SessionRunner implements Runner<Outputs> {
  private readonly name: string;
  private readonly session: NativeSession;
  private readonly onClose: () => void;

  constructor(name: string, session: NativeSession, onClose: () => void) {
    this.name = name;
    this.session = session;
    this.onClose = onClose;
  }

  run(feeds: Feeds, fetches: Fetches): Outputs {
    const results = this.runNative(feeds, fetches);
    for (const name in results) {
      const result = results[name]!;
      // The class is that of the last to initialise the addon on this thread: onnxruntime-node, or another copy of this package.
      if (!isTensor(result)) results[name] = new Tensor(result.type, result.data, result.dims);
    }
    return results as Outputs;
  }

  close(): void {
    this.session.dispose();
    this.onClose();
  }

  private runNative(feeds: Feeds, fetches: Fetches): Record<string, NativeTensor> {
    try {
      return this.session.run(feeds, fetches);
    } catch (cause) {
      throw runFailed(this.name, feeds, (cause as Error).message, cause);
    }
  }
}

/** @param said What the runtime says. */
export function runFailed(name: string, feeds: Feeds, said: string, cause?: unknown): TricastError {
  const shapes = Object.entries(feeds).map(([input, { type, dims }]) => `${input}: ${type} [${dims.join(", ")}]`);
  return new TricastError(
    "predict-failed",
    `ONNX Runtime failed on ${name} with ${shapes.join(", ")}: ${said.trim()}`,
    {
      cause,
    },
  );
}
