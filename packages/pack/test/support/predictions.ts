import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { AnyPredictor } from "@tricast/core";
import { createService, type InferenceResponse } from "@tricast/core/adapter";
import { REPOSITORY } from "./place.ts";

export const PREDICTORS = ["iris", "digits", "language"] as const;

/** An example of a predictor, and the body that its sources answer with. */
export interface Expected {
  readonly input: unknown;
  readonly body: string;
}

/** What the sources predict for the predictor's own examples, in this process. */
export async function expectedOf(name: string): Promise<readonly Expected[]> {
  const file = pathToFileURL(join(REPOSITORY, "handlers", name, "predict.ts")).href;
  const predictor = ((await import(file)) as { default: AnyPredictor }).default;
  const service = createService(predictor);
  try {
    const expected: Expected[] = [];
    for (const input of predictor.definition.examples ?? []) {
      const request = { ...POST, body: JSON.stringify(input) };
      const response: InferenceResponse = await service.handle(request, { id: "1", platform: "local", native: null });
      expected.push({ input, body: Buffer.from(response.body as Uint8Array).toString("utf8") });
    }
    return expected;
  } finally {
    await service.close();
  }
}

const POST = { method: "POST", path: "/predict", query: "", headers: { "content-type": "application/json" } };
