import { TricastError } from "@tricast/core";
import type { Charge } from "@tricast/core/adapter";
import type { ModelHost } from "../model-host.ts";
import { infer, type Origin } from "../protocols/open-inference/infer.ts";
import { describeModel } from "../protocols/open-inference/interface.ts";
import { serverMetadata } from "../protocols/open-inference/open-inference.ts";
import type { ServedModel } from "../served-model.ts";
import type { ServerSettings } from "../settings.ts";
import { INFERENCE_SERVICE } from "./definition.ts";
import { fromInferMessage } from "./from-message.ts";
import {
  type InferMessage,
  type ModelMessage,
  readEmpty,
  readHealthMessage,
  readInferMessage,
  readModelMessage,
} from "./read-request.ts";
import { toInferMessage } from "./to-message.ts";
import { SMALL_MESSAGE_BYTES } from "./unary-message.ts";

/** The response of a method: its message, and the headers before it. */
export interface GrpcAnswer {
  readonly message: object;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

export interface GrpcMethod<Message = unknown> {
  readonly kind: "health" | "read" | "infer";
  /** The label of this method in metrics and in the access log. */
  readonly operation: string;
  readonly maxMessageBytes: number;
  /** Decodes the message. Called after the call has a place. `charge` takes the memory of what is decoded. */
  read(bytes: Uint8Array, charge: Charge | undefined): Message;
  answer(message: Message, origin: Origin): Promise<GrpcAnswer>;
}

// biome-ignore lint/suspicious/noExplicitAny: the message type is private to each method, between its read and its answer
type Methods = Readonly<Record<string, GrpcMethod<any>>>;

export function inferenceMethods(host: ModelHost, settings: ServerSettings): Methods {
  const { maxBodyBytes } = settings;
  return {
    ServerLive: small("health", "grpc-live", readEmpty, () => ({ live: true })),
    ServerReady: small("health", "grpc-ready", readEmpty, () => ({ ready: host.ready })),
    ServerMetadata: small("read", "grpc-server", readEmpty, () => serverMetadata(settings)),
    ModelReady: small("read", "grpc-model-ready", readModelMessage, (message) => ({
      ready: find(host, message).service.state === "ready",
    })),
    ModelMetadata: small("read", "grpc-model", readModelMessage, (message) => describeModel(host, find(host, message))),
    ModelInfer: {
      kind: "infer",
      operation: "grpc-infer",
      maxMessageBytes: maxBodyBytes,
      read: (bytes: Uint8Array, charge) => readInferMessage(bytes, maxBodyBytes, charge),
      answer: (message: InferMessage, origin) => modelInfer(host, message, origin),
    },
  };
}

/** `HealthCheckResponse.ServingStatus`. */
const SERVING = 1;
const NOT_SERVING = 2;

/** Without `Watch`, clients get "unimplemented" for it and use `Check` instead (health.proto). */
export function healthMethods(host: ModelHost): Methods {
  return {
    Check: small("health", "grpc-health", readHealthMessage, ({ service }) => {
      if (service !== "" && service !== INFERENCE_SERVICE)
        throw new TricastError("not-found", `service is ${JSON.stringify(service)}; it must be ${INFERENCE_SERVICE}`);
      return { status: host.ready ? SERVING : NOT_SERVING };
    }),
  };
}

function small<M>(
  kind: "health" | "read",
  operation: string,
  read: (bytes: Uint8Array) => M,
  answer: (message: M) => object | Promise<object>,
): GrpcMethod<M> {
  const withHeaders = async (message: M): Promise<GrpcAnswer> => ({ message: await answer(message), headers: {} });
  return { kind, operation, maxMessageBytes: SMALL_MESSAGE_BYTES, read, answer: withHeaders };
}

function find(host: ModelHost, { model, version }: ModelMessage): ServedModel {
  return host.find(model, version === "" ? undefined : version);
}

async function modelInfer(host: ModelHost, message: InferMessage, origin: Origin): Promise<GrpcAnswer> {
  const model = find(host, message);
  const asked = fromInferMessage(message);
  const answer = await infer(model, asked, origin);
  return { message: toInferMessage(answer, asked), headers: answer.headers };
}
