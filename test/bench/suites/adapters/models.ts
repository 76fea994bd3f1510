import { readFile } from "node:fs/promises";
import { InferenceSession, Tensor } from "onnxruntime-node";

export type Workload = "stub" | "iris";

export interface Prediction {
  readonly label: string;
  readonly probabilities: readonly number[];
}

/** What every contender predicts with. */
export interface BenchModel {
  readonly workload: Workload;
  run(features: readonly number[]): Promise<Prediction>;
}

export const IRIS = new URL("../../../../handlers/iris/iris.onnx", import.meta.url);

export async function loadModel(workload: Workload): Promise<BenchModel> {
  return workload === "stub" ? STUB : loadIris();
}

const STUB: BenchModel = {
  workload: "stub",
  async run(features) {
    const total = features.reduce((sum, feature) => sum + feature, 0);
    return { label: total > 10 ? "large" : "small", probabilities: [0.25, 0.5, 0.25] };
  },
};

/** ONNX Runtime as a hand would call it: one tensor in, both outputs read. */
async function loadIris(): Promise<BenchModel> {
  const session = await InferenceSession.create(await readFile(IRIS), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const [input] = session.inputNames as [string];
  const [label, probabilities] = session.outputNames as [string, string];
  return {
    workload: "iris",
    async run(features) {
      const outputs = await session.run({ [input]: new Tensor("float32", Float32Array.from(features), [1, 4]) });
      return {
        label: String(dataOf(outputs[label])[0]),
        probabilities: Array.from(dataOf(outputs[probabilities]) as Float32Array),
      };
    },
  };
}

function dataOf(tensor: Tensor | undefined): Tensor["data"] {
  if (tensor === undefined) throw new Error("The session left an output out");
  return tensor.data;
}
