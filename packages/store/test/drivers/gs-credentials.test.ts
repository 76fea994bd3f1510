import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { type GoogleServer, startGoogleServer } from "../../../../test/support/stores/google-server.ts";
import { startTokenServer, type TokenServer } from "../../../../test/support/stores/token-server.ts";
import { withEnv } from "../../../../test/support/stores/with-env.ts";
import { openStore } from "../../src/open-store.ts";
import { collect, rejects } from "./test-driver.ts";

let server: GoogleServer;
let tokens: TokenServer;
let folder: string;

before(async () => {
  server = await startGoogleServer();
  tokens = await startTokenServer();
  folder = await mkdtemp(join(tmpdir(), "tricast-gs-"));
});
after(async () => {
  await server.close();
  await tokens.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  tokens.requests.length = 0;
  server.token = "t0k3n";
});

/** Writes and reads with the credentials that `env` leads to; the store takes nothing but its token. */
async function useStore(env: Record<string, string>): Promise<void> {
  // No file of the person who runs the tests.
  await withEnv({ CLOUDSDK_CONFIG: folder, ...env }, async () => {
    const store = await openStore("gs://models/auth", { endpoint: server.address });
    await store.write("a.bin", Buffer.from("model"));
    assert.equal((await collect((await store.read("a.bin"))?.body)).toString(), "model");
  });
}

async function credentialsFile(content: object): Promise<string> {
  const path = join(folder, "credentials.json");
  await writeFile(path, JSON.stringify(content));
  return path;
}

test("a service account's file: a signed assertion becomes one token for all requests", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const token_uri = `${tokens.address}/token`;
  tokens.answer = ({ form }) => {
    const [header = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    assert.ok(verify("RSA-SHA256", Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, "base64url")));
    const { iss, aud, scope, iat, exp } = JSON.parse(Buffer.from(claims, "base64url").toString());
    assert.deepEqual([iss, aud, exp - iat], ["robot@project.iam", token_uri, 3600]);
    assert.match(scope, /devstorage/);
    assert.deepEqual(JSON.parse(Buffer.from(header, "base64url").toString()), {
      alg: "RS256",
      typ: "JWT",
      kid: "key1",
    });
    return { access_token: "t0k3n", expires_in: 3600 };
  };
  const path = await credentialsFile({
    type: "service_account",
    client_email: "robot@project.iam",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    private_key_id: "key1",
    token_uri,
  });
  await useStore({ GOOGLE_APPLICATION_CREDENTIALS: path });
  assert.equal(tokens.requests.length, 1);
});

test("a person's file of gcloud is found where gcloud puts it", async () => {
  const path = join(folder, "application_default_credentials.json");
  const person = { type: "authorized_user", client_id: "i", client_secret: "s", refresh_token: "r" };
  await writeFile(path, JSON.stringify({ ...person, token_uri: `${tokens.address}/token` }));
  tokens.answer = ({ form }) => {
    assert.deepEqual([form.get("grant_type"), form.get("refresh_token")], ["refresh_token", "r"]);
    return { access_token: "t0k3n", expires_in: 3600 };
  };
  try {
    await useStore({});
  } finally {
    await rm(path);
  }
});

test("the metadata server of the platform", async () => {
  tokens.answer = ({ url, headers }) => {
    assert.equal(url.pathname, "/computeMetadata/v1/instance/service-accounts/default/token");
    assert.equal(headers["metadata-flavor"], "Google");
    return { access_token: "t0k3n", expires_in: 3600, token_type: "Bearer" };
  };
  const GCE_METADATA_HOST = new URL(tokens.address).host;
  await useStore({ GCE_METADATA_HOST, METADATA_SERVER_DETECTION: "assume-present" });
});

test("federation with a file as source, and a service account to become", async () => {
  const subject = join(folder, "subject");
  await writeFile(subject, JSON.stringify({ id_token: "outside" }));
  tokens.answer = ({ url, form, headers, body }) => {
    if (url.pathname === "/sts") {
      assert.deepEqual([form.get("subject_token"), form.get("audience")], ["outside", "//iam/pool"]);
      return { access_token: "federated", expires_in: 3600 };
    }
    assert.equal(headers.authorization, "Bearer federated");
    assert.match(JSON.parse(body).scope[0], /devstorage/);
    return { accessToken: "t0k3n", expireTime: new Date(Date.now() + 3_600_000).toISOString() };
  };
  const path = await credentialsFile({
    type: "external_account",
    audience: "//iam/pool",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${tokens.address}/sts`,
    service_account_impersonation_url: `${tokens.address}/impersonate`,
    credential_source: { file: subject, format: { type: "json", subject_token_field_name: "id_token" } },
  });
  await useStore({ GOOGLE_APPLICATION_CREDENTIALS: path });
});

test("a token from the environment", () => useStore({ GOOGLE_OAUTH_ACCESS_TOKEN: "t0k3n" }));

test("nobody may read a public bucket, and reads who to be for another", async () => {
  await withEnv({ CLOUDSDK_CONFIG: folder }, async () => {
    server.token = undefined;
    const store = await openStore("gs://models/auth", { endpoint: server.address });
    assert.equal(await store.head("absent"), undefined);
    server.token = "other";
    await rejects(store.head("absent"), "store-denied", /401.*GOOGLE_APPLICATION_CREDENTIALS.*gcloud auth/);
  });
});

test("refused, unknown and broken credentials say which", async () => {
  tokens.answer = () => 400;
  const refused = await credentialsFile({
    type: "authorized_user",
    client_id: "i",
    client_secret: "s",
    refresh_token: "r",
    token_uri: `${tokens.address}/token`,
  });
  await rejects(useStore({ GOOGLE_APPLICATION_CREDENTIALS: refused }), "store-denied", /invalid_grant: No\./);
  const unknown = await credentialsFile({ type: "magic" });
  await rejects(useStore({ GOOGLE_APPLICATION_CREDENTIALS: unknown }), "store-denied", /"magic"/);
  const lacking = await credentialsFile({ type: "service_account", private_key: "x" });
  await rejects(useStore({ GOOGLE_APPLICATION_CREDENTIALS: lacking }), "store-denied", /"client_email"/);
  await rejects(useStore({ GOOGLE_APPLICATION_CREDENTIALS: "/absent.json" }), "store-denied", /\/absent\.json/);
});
