import type * as Grpc from "@grpc/grpc-js";
import { type Adapter, type InferenceResponse, toBytes } from "@tricast/core/adapter";
import { type Arrivals, toRequestId, toTraceparent } from "@tricast/http/node";
import { SERVER } from "../platform.ts";
import type { ServerSettings } from "../settings.ts";
import type { GrpcCall } from "./grpc-call.ts";
import { PUSHBACK_HEADER } from "./status.ts";

type Headers = InferenceResponse["headers"];

/** Calls of gRPC. A request is a POST to `/service/method`. A response other than 200 has the gRPC status in its headers. */
export function grpcAdapter(
  grpc: typeof Grpc,
  { requestTimeoutMs }: Pick<ServerSettings, "requestTimeoutMs">,
  arrivals: Arrivals,
): Adapter<GrpcCall, void, void> {
  return {
    platform: SERVER,
    toPing: () => undefined,
    toInvocation: ({ headers, deadline, signal, native }) => ({
      id: toRequestId(headers),
      platform: SERVER.name,
      deadline: Math.min(deadline, Date.now() + requestTimeoutMs),
      signal,
      traceparent: toTraceparent(headers),
      native,
    }),
    toRequest: (call) => ({
      method: "POST",
      path: call.path,
      query: "",
      headers: call.headers,
      body: { read: ({ maxBytes }, charge) => call.read(maxBytes, arrivals, charge) },
    }),
    toResult: ({ status, headers, body }, call) => {
      if (status === 200) call.send(toMetadata(grpc, headers), toBytes(body));
      else call.fail(toStatus(grpc, headers));
    },
    toPong: () => undefined,
  };
}

function toStatus(grpc: typeof Grpc, headers: Headers): Grpc.StatusObject {
  const { "grpc-status": code, "grpc-message": details, [PUSHBACK_HEADER]: pushback } = headers;
  const metadata = toMetadata(grpc, headers);
  if (pushback !== undefined) metadata.set(PUSHBACK_HEADER, String(pushback));
  return { code: Number(code), details: String(details), metadata };
}

/** The headers that gRPC can send. Others that a predictor set are left out. */
function toMetadata(grpc: typeof Grpc, headers: Headers): Grpc.Metadata {
  const metadata = new grpc.Metadata();
  for (const [key, value] of Object.entries(headers)) {
    if (key.startsWith("grpc-") || key.endsWith("-bin") || !/^[a-z0-9_.-]+$/.test(key)) continue;
    for (const each of [value].flat()) if (/^[\x20-\x7e]*$/.test(each)) metadata.add(key, each);
  }
  return metadata;
}
