import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { lambda } from "@tricast/aws-lambda";
import { createService, definePredictor, type InferenceResponse, type Service } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import { openStore } from "@tricast/store";
import { promote, push, rollback } from "@tricast/store/versions";
import { httpApi } from "../events/aws/http-api.ts";
import { azureHandler, functionsHost } from "../events/azure/functions-host.ts";
import { functionsFramework, googleHandler } from "../events/google/functions-framework.ts";
import { startAzurite } from "../support/stores/azurite.ts";
import { startGoogleServer } from "../support/stores/google-server.ts";
import { startS3Server } from "../support/stores/s3-server.ts";
import type { TestServer } from "../support/stores/test-server.ts";
import { withEnv } from "../support/stores/with-env.ts";

const model = (name: string) => fileURLToPath(new URL(`../../handlers/${name}/${name}.onnx`, import.meta.url));
const STORES: Readonly<Record<string, () => Promise<TestServer>>> = {
  S3: startS3Server,
  "Azure Blob Storage": startAzurite,
  "Google Cloud Storage": startGoogleServer,
};

process.env.TRICAST_LOG_LEVEL = "error";
void [httpApi, azureHandler, functionsHost, googleHandler, functionsFramework, lambda, rollback];

async function predict(service: Service, body: unknown, headers = {}): Promise<InferenceResponse> {
  const request = { method: "POST", path: "/predict", query: "", headers, body: JSON.stringify(body) };
  return service.handle(request, { id: String(Math.random()), platform: "local", native: undefined });
}

for (const [name, start] of Object.entries(STORES)) {
  describe(`models in ${name}`, () => {
    let server: TestServer;
    let cacheDir: string;
    before(async () => {
      server = await start();
      cacheDir = await mkdtemp(join(tmpdir(), "tricast models "));
    });
    after(async () => {
      await server.close();
      await rm(cacheDir, { recursive: true });
    });

    it("are loaded by alias, and served under the version the alias leads to", () =>
      withEnv(server.env, async () => {
        const store = await openStore(server.uri, server.options);
        await push(store, "flowers", model("iris"));
        await promote(store, "flowers", "prod", "v1");
        const source = onnx(`${server.uri}/flowers@prod`, { store: { cacheDir, ...server.options } });
        const service = createService(definePredictor({ name: "flowers", model: source }));
        const response = await predict(service, { features: [[5.1, 3.5, 1.4, 0.2]] });
        assert.equal(response.status, 200, String(response.body));
        assert.equal(response.headers["x-tricast-model-version"], "v1");
        assert.equal(JSON.parse(String(response.body)).label[0], "setosa");
        await service.close();
      }));
  });
}
