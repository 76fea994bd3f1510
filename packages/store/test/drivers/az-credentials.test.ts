import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { ACCOUNT, KEY, startAzurite } from "../../../../test/support/stores/azurite.ts";
import type { TestServer } from "../../../../test/support/stores/test-server.ts";
import { startTokenServer, type TokenServer } from "../../../../test/support/stores/token-server.ts";
import { withEnv } from "../../../../test/support/stores/with-env.ts";
import { openStore } from "../../src/open-store.ts";
import { collect, rejects } from "./test-driver.ts";

let azurite: TestServer;
let tokens: TokenServer;
let folder: string;

before(async () => {
  azurite = await startAzurite();
  tokens = await startTokenServer();
  folder = await mkdtemp(join(tmpdir(), "tricast-az-"));
});
after(async () => {
  await azurite.close();
  await tokens.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  tokens.requests.length = 0;
});

const uri = `az://${ACCOUNT}/models/auth`;

async function writeAndRead(env: Record<string, string>): Promise<void> {
  await withEnv(env, async () => {
    const store = await openStore(uri, { endpoint: azurite.address });
    await store.write("a b.bin", Buffer.from("model"));
    assert.equal((await collect((await store.read("a b.bin"))?.body)).toString(), "model");
    for await (const { key } of store.list("")) assert.equal(key, "a b.bin");
  });
}

test("the account's key", () => writeAndRead({ AZURE_STORAGE_KEY: KEY }));

test("a shared access signature", () => writeAndRead({ AZURE_STORAGE_SAS_TOKEN: `?${containerSas("rwdlc")}` }));

test("a signature that does not allow it, and a wrong key, are denied", async () => {
  await rejects(writeAndRead({ AZURE_STORAGE_SAS_TOKEN: containerSas("r") }), "store-denied", /403.*Storage Blob Data/);
  const wrong = Buffer.from("wrong").toString("base64");
  await rejects(
    writeAndRead({ AZURE_STORAGE_KEY: wrong }),
    "store-denied",
    /AuthenticationFailed|AuthorizationFailure/,
  );
});

/** learn.microsoft.com/rest/api/storageservices/create-service-sas, version 2020-12-06 */
function containerSas(permissions: string): string {
  const [from, until] = [-60_000, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString().replace(/\.\d+/, ""));
  const fields = [permissions, from, until, `/blob/${ACCOUNT}/models`, "", "", "", "2020-12-06", "c"];
  const toSign = [...fields, ...Array.from({ length: 7 }, () => "")].join("\n");
  const sig = createHmac("sha256", Buffer.from(KEY, "base64")).update(toSign).digest("base64");
  const query = { sp: permissions, st: from ?? "", se: until ?? "", sv: "2020-12-06", sr: "c", sig };
  return new URLSearchParams(query).toString();
}

/** A blob service that only looks at who is there. */
async function seenByStore(env: Record<string, string>): Promise<string | undefined> {
  const answer = tokens.answer;
  let seen: string | undefined;
  tokens.answer = (request) => {
    if (!request.url.pathname.startsWith("/blobs")) return answer(request);
    seen = request.headers.authorization as string | undefined;
    return 404;
  };
  // No Azure CLI of the person who runs the tests.
  await withEnv({ PATH: folder, ...env }, async () => {
    const store = await openStore("az://account/models", { endpoint: `${tokens.address}/blobs` });
    assert.equal(await store.head("a"), undefined);
    assert.equal(await store.head("b"), undefined);
  });
  return seen;
}

const inAnHour = () => String(Math.floor(Date.now() / 1_000) + 3_600);

test("the managed identity of App Service and Functions, asked once", async () => {
  tokens.answer = ({ url, headers }) => {
    assert.deepEqual([url.pathname, url.searchParams.get("api-version")], ["/msi/token", "2019-08-01"]);
    assert.deepEqual(
      [url.searchParams.get("resource"), url.searchParams.get("client_id")],
      ["https://storage.azure.com", "me"],
    );
    assert.equal(headers["x-identity-header"], "h");
    return { access_token: "app", expires_on: inAnHour() };
  };
  const env = { IDENTITY_ENDPOINT: `${tokens.address}/msi/token`, IDENTITY_HEADER: "h", AZURE_CLIENT_ID: "me" };
  assert.equal(await seenByStore(env), "Bearer app");
  assert.equal(tokens.requests.filter(({ url }) => url.pathname === "/msi/token").length, 1);
});

test("the managed identity of a machine", async () => {
  tokens.answer = ({ url, headers }) => {
    assert.equal(url.pathname, "/metadata/identity/oauth2/token");
    assert.equal(headers.metadata, "true");
    return { access_token: "machine", expires_on: inAnHour() };
  };
  assert.equal(await seenByStore({ AZURE_POD_IDENTITY_AUTHORITY_HOST: tokens.address }), "Bearer machine");
});

test("a client secret, and workload identity in a cluster", async () => {
  const file = join(folder, "federated");
  await writeFile(file, "assertion\n");
  tokens.answer = ({ url, form }) => {
    assert.equal(url.pathname, "/tenant/oauth2/v2.0/token");
    assert.equal(form.get("scope"), "https://storage.azure.com/.default");
    return { access_token: form.get("client_secret") ?? form.get("client_assertion") ?? "", expires_in: 3600 };
  };
  const env = { AZURE_AUTHORITY_HOST: tokens.address, AZURE_TENANT_ID: "tenant", AZURE_CLIENT_ID: "me" };
  assert.equal(await seenByStore({ ...env, AZURE_CLIENT_SECRET: "secret" }), "Bearer secret");
  assert.equal(await seenByStore({ ...env, AZURE_FEDERATED_TOKEN_FILE: file }), "Bearer assertion");
});

test("the Azure CLI of a person", { skip: process.platform === "win32" }, async () => {
  const json = JSON.stringify({ accessToken: "person", expires_on: Number(inAnHour()) });
  await writeFile(join(folder, "az"), `#!/bin/sh\necho '${json}'\n`, { mode: 0o755 });
  try {
    assert.equal(await seenByStore({}), "Bearer person");
  } finally {
    await rm(join(folder, "az"));
  }
});

test("nobody, for a public container", async () => {
  tokens.answer = () => 500;
  assert.equal(await seenByStore({}), undefined);
});
