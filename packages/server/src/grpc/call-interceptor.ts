import type * as Grpc from "@grpc/grpc-js";
import { GrpcCall } from "./grpc-call.ts";

/**
 * Passes each call to `serve` when its headers have arrived, before a byte of its message is read. grpc-js then neither
 * decompresses nor decodes the message, and its own handlers are never called.
 */
export function createCallInterceptor(grpc: typeof Grpc, serve: (call: GrpcCall) => void): Grpc.ServerInterceptor {
  return ({ path }, native) => {
    let call: GrpcCall | undefined;
    const listener: Grpc.ServerListener = {
      onReceiveMetadata: (metadata) => {
        call = new GrpcCall(path, metadata, native);
        serve(call);
      },
      onReceiveMessage: () => {},
      onReceiveHalfClose: () => call?.ended(),
      onCancel: () => call?.closed(),
    };
    return new grpc.ServerInterceptingCall(native, { start: (next) => next(listener) });
  };
}
