import { parentPort, workerData } from "node:worker_threads";
import { executionStats, onnx } from "@tricast/onnx";
import { loadContext, SERVES_MANY } from "../../support/context.ts";

/** Runs a model in a worker thread, and sends how it was executed. */
const model = await onnx(workerData as string).load({ ...loadContext(), platform: SERVES_MANY });
await model.run({ x: [[1, 2]] });
parentPort?.postMessage(executionStats(model));
await model.close();
