import type { InferenceSession } from "onnxruntime-node";

/** The task of a server: `POST /predict` with `{[input]: values}` answers each output's row by name. */
export interface ServerTask {
  readonly file: string;
  readonly input: string;
  /** Of one row. */
  readonly shape: readonly number[];
}

export type ContenderName = "tricast" | "node-http" | "fastify" | "functions-framework" | "fastapi";

/** Starts a Node server on a free port of loopback, and reports the port. */
export type Start = (task: ServerTask) => Promise<number>;

export type Predict = (body: Readonly<Record<string, readonly number[]>>) => Promise<Record<string, unknown>>;

/** As in tutorials: one session with the runtime's own defaults, run within the request. */
export async function inlinePredict({ file, input, shape }: ServerTask): Promise<Predict> {
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const session: InferenceSession = await InferenceSession.create(file);
  const dims = [1, ...shape];
  return async (body) => {
    const values = body[input];
    if (!Array.isArray(values)) throw new TypeError(`${input} is missing`);
    const outputs = await session.run({ [input]: new Tensor("float32", Float32Array.from(values), dims) });
    const answer: Record<string, unknown> = {};
    for (const name of session.outputNames) answer[name] = Array.from(outputs[name]?.data as ArrayLike<unknown>);
    return answer;
  };
}
