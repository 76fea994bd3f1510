import { after } from "node:test";
import { type AnyPredictor, definePredictor } from "@tricast/core";
import { createService, LOCAL, type LoadContext, type PlatformTraits } from "@tricast/core/adapter";
import { type OnnxOptions, onnx } from "../../../src/index.ts";
import { loadContext } from "../../support/context.ts";
import { scratchFolder, write } from "../../support/models.ts";

let folder: string | undefined;

function scratch(): string {
  folder ??= scratchFolder();
  return folder;
}

interface Serving {
  readonly options?: OnnxOptions;
  readonly platform?: PlatformTraits;
  readonly definition?: object;
}

let written = 0;

/** Serves a graph, with code only if the definition has it. */
export function serve(bytes: Uint8Array, { options, platform = LOCAL, definition = {} }: Serving = {}) {
  const path = write(scratch(), `model-${written++}.onnx`, bytes);
  const predictor = definePredictor({ name: "graph", model: onnx(path, options), ...definition } as never);
  const service = createService(predictor as AnyPredictor, { platform });
  after(() => service.close());
  const call = async (method: string, at: string, body?: unknown): Promise<unknown> => {
    const headers = { "content-type": "application/json" };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const request = { method, path: at, query: "", headers, body: text };
    const answer = await service.handle(request, { id: "1", platform: "local", native: undefined, log: () => {} });
    return JSON.parse(String(answer.body));
  };
  return { service, post: (body: unknown) => call("POST", "/predict", body), get: (at: string) => call("GET", at) };
}

export type Metadata = { readonly models: { readonly model: Record<string, unknown> } };

/** The context of a load for a predictor without code. */
export function servedContext(): LoadContext {
  return { ...loadContext(), definition: {} };
}
