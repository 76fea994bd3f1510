import { TricastError } from "@tricast/core";
import type { NativeSession, NativeTensor } from "./binding.ts";
import type { Feeds } from "./feeds.ts";
import type { Fetches, Outputs, Runner } from "./runner.ts";
import { isTensor, Tensor } from "./tensor/tensor.ts";

/** Runs a session of this thread, on this thread. */
export function sessionRunner(name: string, session: NativeSession, onClose: () => void): Runner<Outputs> {
  const runNative = (feeds: Feeds, fetches: Fetches): Record<string, NativeTensor> => {
    try {
      return session.run(feeds, fetches);
    } catch (cause) {
      throw runFailed(name, feeds, (cause as Error).message, cause);
    }
  };
  return {
    run(feeds, fetches) {
      const results = runNative(feeds, fetches);
      for (const output in results) {
        const result = results[output]!;
        // Its class is that of the latest initialisation on this thread: by onnxruntime-node, or by another copy of this package.
        if (!isTensor(result)) results[output] = new Tensor(result.type, result.data, result.dims);
      }
      return results as Outputs;
    },
    close() {
      session.dispose();
      onClose();
    },
  };
}

/** The error for a run that failed with the runtime's `message`. */
export function runFailed(name: string, feeds: Feeds, message: string, cause?: unknown): TricastError {
  const shapes = Object.entries(feeds).map(([input, { type, dims }]) => `${input}: ${type} [${dims.join(", ")}]`);
  const problem = `ONNX Runtime failed on ${name} with ${shapes.join(", ")}: ${message.trim()}`;
  return new TricastError("predict-failed", problem, { cause });
}
