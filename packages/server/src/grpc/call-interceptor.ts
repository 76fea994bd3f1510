import type * as Grpc from "@grpc/grpc-js";
import { GrpcCall } from "./grpc-call.ts";

/**
 * Passes each call to `serve` when its headers have arrived, before a byte of its message is read or decompressed. grpc-js
 * receives the message after {@link GrpcCall.read}.
 */
export function createCallInterceptor(grpc: typeof Grpc, serve: (call: GrpcCall) => void): Grpc.ServerInterceptor {
  return ({ path }, native) => {
    let call: GrpcCall | undefined;
    let message: Uint8Array | undefined;
    const listener: Grpc.ServerListener = {
      onReceiveMetadata: (metadata, next) => {
        call = new GrpcCall(path, metadata, native, () => next(metadata));
        serve(call);
      },
      onReceiveMessage: (received: Uint8Array, next) => {
        message = received;
        next(received);
      },
      onReceiveHalfClose: (next) => {
        next();
        if (message !== undefined) call?.received(message);
      },
      onCancel: () => call?.closed(),
    };
    return new grpc.ServerInterceptingCall(native, { start: (next) => next(listener) });
  };
}
