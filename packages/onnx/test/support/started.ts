import { after } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService, LOCAL, type PlatformTraits, type Service } from "@tricast/core/adapter";
import { captureLines } from "../../../core/test/support/capture.ts";
import { onnx } from "../../src/index.ts";
import { scratchFolder, write } from "./models.ts";

let written = 0;

/** A service for a model without code, after its start. */
export interface Started {
  readonly service: Service;
  readonly path: string;
  /** The messages of warnings and errors, except that requests cannot share runs. */
  readonly complaints: readonly string[];
  predict(input: unknown): Promise<{ readonly status: number; readonly body: string }>;
}

export interface StartOptions {
  /** The text of the file with examples beside the model. */
  readonly golden?: string;
  readonly examples?: readonly unknown[];
  readonly platform?: PlatformTraits;
}

/** Starts services of models that a test makes, and closes them when the tests of the file are done. */
export function serviceStarter(): (bytes: Uint8Array, options?: StartOptions) => Promise<Started> {
  const folder = scratchFolder();
  const services: Service[] = [];
  after(async () => {
    for (const service of services) await service.close();
  });
  return async (bytes, { golden, examples, platform = LOCAL } = {}) => {
    const path = write(folder, `${written}/m.onnx`, bytes);
    if (golden !== undefined) write(folder, `${written}/m.golden.jsonl`, golden);
    written++;
    const predictor = definePredictor({ name: "m", model: onnx(path), ...(examples && { examples }) });
    const service = createService(predictor, { platform });
    services.push(service);
    const lines = await captureLines(() => service.start());
    const messages = lines.filter(({ level }) => level !== "info").map(({ message }) => String(message));
    const complaints = messages.filter((message) => !message.includes("requests run one by one"));
    return { service, path, complaints, predict: (input) => predict(service, input) };
  };
}

async function predict(service: Service, input: unknown): Promise<{ readonly status: number; readonly body: string }> {
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", path: "/predict", query: "", headers, body: JSON.stringify(input) };
  const answer = await service.handle(request, { id: "1", platform: "local", native: undefined, log: () => {} });
  return { status: answer.status, body: String(answer.body) };
}
