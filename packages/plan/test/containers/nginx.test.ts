import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_BODY_BYTES } from "@tricast/core/adapter";
import { type Config, renderNginx, resolvePlan } from "../../src/index.ts";
import type { SiteSettings } from "../../src/tools.ts";

function render(site: SiteSettings, more: Partial<Config> = {}): string {
  const plan = resolvePlan({
    service: "any",
    predictors: { iris: {} },
    targets: { nginx: { domain: "models.example.com", ...site } },
    ...more,
  });
  const [file] = renderNginx([plan]);
  assert.deepEqual(renderNginx([structuredClone(plan)]), [file]);
  assert.equal(file?.path, "nginx/dev/iris.conf");
  return file.text;
}

describe("renderNginx", () => {
  it("takes as large a body as a predictor does, or as it is told", () => {
    assert.match(render({}), new RegExp(`client_max_body_size ${DEFAULT_BODY_BYTES};`));
    assert.match(render({ maxBodyMb: 8 }), /client_max_body_size 8388608;/);
    assert.match(render({}, { settings: { endpoint: { maxBodyMb: 4 } } }), /client_max_body_size 4194304;/);
  });

  it("waits longer for an answer than the server takes to give up", () => {
    assert.match(render({ timeoutSeconds: 60 }), /proxy_read_timeout 65s;/);
    assert.match(render({}, { predictors: { iris: { timeoutSeconds: 90 } } }), /proxy_read_timeout 95s;/);
  });

  it("sends no request a second time that a server may have begun", () => {
    const text = render({ grpcServers: ["10.0.0.7:8081"] });
    const conditions = [...text.matchAll(/(\w+_next_upstream) ([^;]+);/g)].map(([, name, words]) => [name, words]);
    assert.deepEqual([...new Set(conditions.map(([name]) => name))], ["proxy_next_upstream", "grpc_next_upstream"]);
    for (const [, words] of conditions) assert.equal(words, "error timeout");
  });

  it("passes gRPC on where the server has a port for it, and only there", () => {
    assert.doesNotMatch(render({}), /grpc/);
    assert.match(render({ grpcServers: ["10.0.0.7:8081"] }), /location \/inference\.GRPCInferenceService\/ \{/);
  });

  it("is refused for an endpoint that asks for credentials, which nothing behind it is known to do", () => {
    const more = { settings: { endpoint: { auth: "api-key" } } } as const;
    assert.throws(() => render({}, more), {
      code: "invalid-option",
      message: /^nginx\.iris\.endpoint\.auth is "api-key"/,
    });
    assert.doesNotThrow(() => render({}, { ...more, predictors: { iris: { endpoint: { auth: "none" } } } }));
  });

  it("shows metrics to its own machine only", () => {
    assert.match(render({}), /location = \/metrics \{\n {4}allow 127\.0\.0\.1;\n {4}deny all;/);
  });
});
