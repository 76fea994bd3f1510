import type { MessagePort } from "node:worker_threads";
import type { NativeSession, NativeSessionOptions } from "../binding.ts";
import type { NativeMetadata } from "../metadata.ts";

/** The data that a worker starts with. */
export interface WorkerStart {
  /** The native addon, absolute. */
  readonly binding: string;
  readonly logLevel: number;
  readonly model: { readonly path: string } | { readonly content: SharedArrayBuffer };
  readonly options: NativeSessionOptions;
}

export interface GuardedStart extends WorkerStart {
  /** See exit-guard.ts: the first is set while the thread is inside the addon, the second when it must stay outside. */
  readonly flags: SharedArrayBuffer;
}

/** Name, type, elements, dimensions. */
export type SentTensor = [name: string, type: string, data: unknown, dims: readonly number[]];

export interface RunMessage {
  readonly feeds: readonly SentTensor[];
  readonly outputs: readonly string[];
}

export type ToWorker = RunMessage | "close";

export type FromWorker =
  | NativeMetadata
  /** The runtime refused the model. */
  | { readonly refused: string }
  | { readonly outputs: readonly SentTensor[]; readonly ms: number }
  | { readonly failed: string };

/**
 * The code of a worker thread. A worker starts from the text of this function alone, so it does not need a file of its own
 * in a bundle. Therefore this function
 *
 * - uses only the globals of Node: it does not use imports, constants or helpers of this file;
 * - does not contain names that a bundler keeps by a helper (esbuild's `keepNames` wraps functions and classes that are
 *   declared, or assigned to a variable or a property; it does not wrap methods of an object, and a returned class);
 * - does not contain syntax that a bundler for older targets replaces by a helper: object spread, class fields, `async`.
 *
 * The tests start it from a minified bundle that keeps names.
 */
export function workerMain(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const port = parentPort as MessagePort;
  const start = workerData as GuardedStart;
  const flags = new Int32Array(start.flags);
  const own = {
    tensorClass() {
      return class {
        declare readonly type: string;
        declare readonly data: unknown;
        declare readonly dims: readonly number[];

        constructor(type: string, data: unknown, dims: readonly number[]) {
          this.type = type;
          this.data = data;
          this.dims = dims;
        }

        get location(): string {
          return "cpu";
        }
      };
    },

    /** Null where the process is ending. */
    inside<Result>(native: () => Result): Result | null {
      Atomics.store(flags, 0, 1);
      try {
        return Atomics.load(flags, 1) === 1 ? null : native();
      } finally {
        Atomics.store(flags, 0, 0);
        Atomics.notify(flags, 0);
      }
    },

    load(): NativeSession {
      const native = process.getBuiltinModule("node:module").createRequire(start.binding)(start.binding);
      native.initOrtOnce(start.logLevel, Tensor, false);
      const session = new native.InferenceSession();
      const { model } = start;
      if ("path" in model) session.loadModel(model.path, start.options);
      else {
        // The runtime only reads buffers of its own thread.
        const bytes = new Uint8Array(model.content.byteLength);
        bytes.set(new Uint8Array(model.content));
        session.loadModel(bytes.buffer, 0, bytes.byteLength, start.options);
      }
      return session;
    },

    /** Null where the runtime refused the model. */
    tryLoad(): NativeSession | null {
      try {
        const session = own.inside(own.load);
        if (session === null) return null;
        port.postMessage({ inputMetadata: session.inputMetadata, outputMetadata: session.outputMetadata });
        return session;
      } catch (error) {
        port.postMessage({ refused: String((error as Error).message) });
        return null;
      }
    },

    run(session: NativeSession, message: RunMessage): void {
      const feeds: Record<string, unknown> = {};
      for (const [name, type, data, dims] of message.feeds) feeds[name] = new Tensor(type, data, dims);
      const fetches: Record<string, null> = {};
      for (const name of message.outputs) fetches[name] = null;
      const started = performance.now();
      const results = own.inside(() => session.run(feeds as never, fetches));
      if (results === null) return;
      const ms = performance.now() - started;
      const outputs: unknown[] = [];
      const buffers: ArrayBuffer[] = [];
      for (const name of message.outputs) {
        const { type, data, dims } = results[name]!;
        outputs.push([name, type, data, dims]);
        if (!ArrayBuffer.isView(data)) continue;
        const { buffer } = data as unknown as Uint8Array<ArrayBuffer>;
        if (!buffers.includes(buffer)) buffers.push(buffer);
      }
      port.postMessage({ outputs, ms }, buffers);
    },

    tryRun(session: NativeSession, message: RunMessage): void {
      try {
        own.run(session, message);
      } catch (error) {
        port.postMessage({ failed: String((error as Error).message) });
      }
    },
  };

  const Tensor = own.tensorClass();
  const session = own.tryLoad();
  port.on("message", (message: ToWorker) => {
    if (message !== "close") {
      if (session !== null) own.tryRun(session, message);
      return;
    }
    own.inside(() => session?.dispose());
    port.close();
  });
}

/** Bundlers that keep names without minifying them may call `__name`. */
export function workerSource(): string {
  return `const __name = (target) => target;\n(${workerMain})();`;
}
