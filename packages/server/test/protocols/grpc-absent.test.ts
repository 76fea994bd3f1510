import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { it } from "node:test";
import { definePredictor } from "@tricast/core";
import { createServer } from "@tricast/server";

const half = definePredictor({ name: "half", predict: (input: number) => input / 2 });

/** As Node says it of a package that is not installed. */
function withoutGrpc() {
  return registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith("@grpc/")) return next(specifier, context);
      throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: "ERR_MODULE_NOT_FOUND" });
    },
  });
}

it("a server that should speak gRPC and cannot says which packages it needs, and does not listen", async () => {
  const hooks = withoutGrpc();
  try {
    const server = createServer(half, { host: "127.0.0.1", port: 0, grpcPort: 0 });
    await assert.rejects(server.listen(), (error: Error & { code?: string }) => {
      assert.equal(error.code, "missing-dependency");
      assert.match(error.message, /TRICAST_GRPC_PORT.*@grpc\/grpc-js and @grpc\/proto-loader.*npm install/);
      return true;
    });
    assert.equal(server.address, null);
    await server.stop();
  } finally {
    hooks.deregister();
  }
});

it("a server that speaks no gRPC does not look for its packages", async () => {
  const hooks = withoutGrpc();
  try {
    const server = createServer(half, { host: "127.0.0.1", port: 0 });
    await server.listen();
    assert.equal(server.grpcPort, undefined);
    await server.stop();
  } finally {
    hooks.deregister();
  }
});
