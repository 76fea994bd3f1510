import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { googleHeaders, googleIdentityToken } from "@tricast/identity/google";
import { startTokenServer, type TokenServer } from "../../../test/support/stores/token-server.ts";

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

let tokens: TokenServer;
let folder: string;
before(async () => {
  tokens = await startTokenServer();
  folder = await mkdtemp(join(tmpdir(), "tricast-google-"));
});
after(async () => {
  await tokens.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  tokens.requests.length = 0;
});

async function credentialsFile(content: object | string): Promise<Record<string, string>> {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.json`);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return { CLOUDSDK_CONFIG: folder, GOOGLE_APPLICATION_CREDENTIALS: path };
}

const person = () => ({
  type: "authorized_user",
  client_id: "i",
  client_secret: "hunter2",
  refresh_token: "hunter2",
  token_uri: `${tokens.address}/token`,
});

test("the project that pays is named from the first request on", async () => {
  tokens.answer = () => ({ access_token: "t", expires_in: 3600 });
  const headers = googleHeaders(SCOPE, await credentialsFile({ ...person(), quota_project_id: "payer" }));
  const expected = { authorization: "Bearer t", "x-goog-user-project": "payer" };
  assert.deepEqual([await headers(), await headers()], [expected, expected]);
  assert.equal(tokens.requests.length, 1);
});

test("a token that has expired is fetched again, and a failure is not kept", async () => {
  let answers = 0;
  tokens.answer = () => {
    answers++;
    return answers === 1 ? 400 : { access_token: `t${answers}`, expires_in: 60 };
  };
  const headers = googleHeaders(SCOPE, await credentialsFile(person()));
  await assert.rejects(headers(), { code: "credentials-missing" });
  assert.equal((await headers()).authorization, "Bearer t2");
  assert.equal((await headers()).authorization, "Bearer t3");
});

test("a file that becomes readable later is read then", async () => {
  const path = join(folder, "later.json");
  tokens.answer = () => ({ access_token: "t", expires_in: 3600 });
  const headers = googleHeaders(SCOPE, { GOOGLE_APPLICATION_CREDENTIALS: path });
  await assert.rejects(headers(), /GOOGLE_APPLICATION_CREDENTIALS is .*later\.json/);
  await writeFile(path, JSON.stringify(person()));
  assert.equal((await headers()).authorization, "Bearer t");
});

test("no credentials are no headers", async () => {
  const env = { CLOUDSDK_CONFIG: folder, METADATA_SERVER_DETECTION: "none" };
  assert.deepEqual(await googleHeaders(SCOPE, env)(), {});
});

test("becoming another service account is asked for with the scope that this needs", async () => {
  tokens.answer = ({ url, form }) => {
    if (url.pathname === "/sts") {
      assert.equal(form.get("scope"), SCOPE);
      return { access_token: "federated", expires_in: 3600 };
    }
    return { accessToken: "other", expireTime: new Date(Date.now() + 3_600_000).toISOString() };
  };
  const subject = join(folder, "subject");
  await writeFile(subject, "outside");
  const source = {
    type: "external_account",
    audience: "//iam/pool",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${tokens.address}/sts`,
    credential_source: { file: subject },
  };
  const env = await credentialsFile({
    type: "impersonated_service_account",
    service_account_impersonation_url: `${tokens.address}/impersonate`,
    source_credentials: source,
  });
  assert.equal((await googleHeaders("narrow", env)()).authorization, "Bearer other");
  assert.deepEqual(JSON.parse(tokens.requests[1]?.body ?? ""), { scope: ["narrow"] });
});

test("a broken file of credentials and a federated token that is not JSON are refused without their text", async () => {
  const subject = join(folder, "broken-subject");
  await writeFile(subject, "hunter2");
  const federation = {
    type: "external_account",
    credential_source: { file: subject, format: { type: "json", subject_token_field_name: "id_token" } },
  };
  const keys = { type: "service_account", client_email: "a", private_key: "hunter2" };
  for (const content of ['{"refresh_token": hunter2', federation, keys]) {
    await assert.rejects(googleHeaders(SCOPE, await credentialsFile(content))(), (error: Error) => {
      assert.match(error.message, /not a JSON object|private_key .* not valid/);
      return !`${error.message} ${error.cause}`.includes("hunter2");
    });
  }
});

test("an identity token comes from the metadata server, or says why there is none", async () => {
  const host = new URL(tokens.address).host;
  tokens.answer = () => 404;
  await assert.rejects(googleIdentityToken("https://service", { GCE_METADATA_HOST: host }), {
    code: "credentials-missing",
    message: /answered with 404 .*gcloud auth login/,
  });
  assert.equal(tokens.requests[0]?.url.searchParams.get("audience"), "https://service");
  await assert.rejects(googleIdentityToken("https://service", { PATH: folder }), /gcloud is not installed/);
});

test("an identity token comes from gcloud, with its own words where it fails", {
  skip: process.platform === "win32",
}, async () => {
  const tool = join(folder, "gcloud");
  await writeFile(
    tool,
    '#!/bin/sh\nif [ "$FAIL" = 1 ]; then echo first >&2; echo "not logged in" >&2; exit 1; fi\necho a.b.c\n',
  );
  await chmod(tool, 0o755);
  assert.equal(await googleIdentityToken("https://service", { PATH: folder }), "a.b.c");
  await assert.rejects(
    googleIdentityToken("https://service", { PATH: folder, FAIL: "1" }),
    /gcloud failed: not logged in/,
  );
});
