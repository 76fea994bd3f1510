import { TricastError } from "@tricast/core";
import type { ModelHost } from "../model-host.ts";
import { infer } from "../protocols/open-inference/infer.ts";
import { tensorInterface } from "../protocols/open-inference/interface.ts";
import { EXTENSIONS } from "../protocols/open-inference/open-inference.ts";
import type { ServedModel } from "../served-model.ts";
import type { ServerSettings } from "../settings.ts";
import { INFERENCE_SERVICE } from "./definition.ts";
import { fromInferMessage } from "./from-message.ts";
import type { GrpcCall } from "./grpc-call.ts";
import type { ModelInferRequest, ModelRequest } from "./messages.ts";
import { toInferMessage } from "./to-message.ts";

/** What a method gives: its message, and headers to send before it. */
export interface GrpcAnswer {
  readonly message: object;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface GrpcMethod {
  readonly kind: "health" | "read" | "infer";
  /** The label of this method in metrics. */
  readonly operation: string;
  answer(message: unknown, call: GrpcCall): GrpcAnswer | Promise<GrpcAnswer>;
}

type Methods = Readonly<Record<string, GrpcMethod>>;

export function inferenceMethods(host: ModelHost, settings: ServerSettings): Methods {
  return {
    ServerLive: method("health", "grpc-live", () => ({ message: { live: true } })),
    ServerReady: method("health", "grpc-ready", () => ({ message: { ready: host.ready } })),
    ServerMetadata: method("read", "grpc-server", () => ({
      message: { name: settings.serverName, version: settings.serverVersion, extensions: EXTENSIONS },
    })),
    ModelReady: method("read", "grpc-model-ready", (message) => ({
      message: { ready: find(host, message as ModelRequest).service.state === "ready" },
    })),
    ModelMetadata: method("read", "grpc-model", (message) => modelMetadata(host, message as ModelRequest)),
    ModelInfer: method("infer", "grpc-infer", (message, call) => modelInfer(host, message as ModelInferRequest, call)),
  };
}

/** `HealthCheckResponse.ServingStatus`. */
const SERVING = 1;
const NOT_SERVING = 2;

/** `Watch` is left out: the method is then unimplemented, which clients take for "ask with Check" (health.proto). */
export function healthMethods(host: ModelHost): Methods {
  return {
    Check: method("health", "grpc-health", (message) => {
      const { service } = message as { readonly service: string };
      if (service !== "" && service !== INFERENCE_SERVICE)
        throw new TricastError(
          "not-found",
          `There is no service ${JSON.stringify(service)}; ask for ${INFERENCE_SERVICE}`,
        );
      return { message: { status: host.ready ? SERVING : NOT_SERVING } };
    }),
  };
}

function method(kind: GrpcMethod["kind"], operation: string, answer: GrpcMethod["answer"]): GrpcMethod {
  return { kind, operation, answer };
}

function find(host: ModelHost, { name, version }: ModelRequest): ServedModel {
  return host.find(name, version === "" ? undefined : version);
}

async function modelMetadata(host: ModelHost, asked: ModelRequest): Promise<GrpcAnswer> {
  const model = find(host, asked);
  const { platform, inputs, outputs } = await tensorInterface(model);
  return { message: { name: model.name, versions: host.versions(model.name), platform, inputs, outputs } };
}

async function modelInfer(host: ModelHost, message: ModelInferRequest, call: GrpcCall): Promise<GrpcAnswer> {
  const model = find(host, { name: message.model_name, version: message.model_version });
  const asked = fromInferMessage(message);
  const answer = await infer(model, asked, call);
  return { message: toInferMessage(answer, asked), headers: answer.headers };
}
