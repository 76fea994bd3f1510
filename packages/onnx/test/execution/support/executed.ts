import { after } from "node:test";
import type { Worker } from "node:worker_threads";
import { type ExecutionStats, executionStats, type OnnxModel, type OnnxOptions, onnx } from "../../../src/index.ts";
import { type LogLine, loadContext, SERVES_MANY } from "../../support/context.ts";
import { scratchFolder, write } from "../../support/models.ts";

let written = 0;

export interface Opened {
  readonly model: OnnxModel;
  readonly path: string;
  readonly lines: LogLine[];
  stats(): ExecutionStats;
}

/** Opens models as a server does, and closes them when the tests of the file are done. */
export function serverOpener(): (bytes: Uint8Array, options?: OnnxOptions) => Promise<Opened> {
  const folder = scratchFolder();
  const open: OnnxModel[] = [];
  after(async () => {
    for (const model of open) await model.close();
  });
  return async (bytes, options) => {
    const lines: LogLine[] = [];
    const path = write(folder, `model-${written++}.onnx`, bytes);
    const model = (await onnx(path, options).load({ ...loadContext(lines), platform: SERVES_MANY })) as OnnxModel;
    open.push(model);
    return { model, path, lines, stats: () => statsOf(model) };
  };
}

export function statsOf(model: OnnxModel): ExecutionStats {
  const stats = executionStats(model);
  if (stats === undefined) throw new Error("the model is not executed");
  return stats;
}

/** The workers that this process makes from now on, in order. */
export function watchWorkers(): Worker[] {
  const made: Worker[] = [];
  const keep = (worker: Worker): void => {
    made.push(worker);
  };
  process.on("worker", keep);
  after(() => process.off("worker", keep));
  return made;
}

/** A turn at a time until `holds`; a test that waits in vain ends by its own timeout. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}
