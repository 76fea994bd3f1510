import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";
import { dockerCredentials } from "../../src/image/registry/docker-config.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const AUTH = Buffer.from("user:pass:word").toString("base64");
const FOUND = { username: "user", password: "pass:word" };

async function environment(t: TestContext, config: unknown, helpers: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  for (const [name, script] of Object.entries(helpers)) {
    const path = join(folder, `docker-credential-${name}`);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }
  return { DOCKER_CONFIG: folder, PATH: `${folder}${delimiter}${process.env.PATH}`, FOLDER: folder };
}

for (const key of ["ghcr.io", "https://ghcr.io", "https://ghcr.io/v2/", "ghcr.io/team"]) {
  test(`an entry under ${key} is for ghcr.io`, async (t) => {
    const env = await environment(t, { auths: { "other.io": { auth: "eDp5" }, [key]: { auth: AUTH } } });
    assert.deepEqual(await dockerCredentials("ghcr.io", env), FOUND);
    assert.equal(await dockerCredentials("ghcr.io.evil.org", env), undefined);
  });
}

test("Docker Hub's credentials are under its old address", async (t) => {
  const env = await environment(t, { auths: { "https://index.docker.io/v1/": { auth: AUTH } } });
  assert.deepEqual(await dockerCredentials("docker.io", env), FOUND);
});

test("an identity token comes before a password", async (t) => {
  const env = await environment(t, { auths: { "a.io": { auth: AUTH, identitytoken: "token" } } });
  assert.deepEqual(await dockerCredentials("a.io", env), { identityToken: "token" });
});

test("a missing file, and a file without an entry for the registry, give no credentials", async (t) => {
  const folder = await temporaryFolder(t);
  assert.equal(await dockerCredentials("a.io", { HOME: folder }), undefined);
  assert.equal(await dockerCredentials("a.io", await environment(t, { auths: { "a.io": {} } })), undefined);
  await mkdir(join(folder, ".docker"));
  await writeFile(join(folder, ".docker/config.json"), JSON.stringify({ auths: { "a.io": { auth: AUTH } } }));
  assert.deepEqual(await dockerCredentials("a.io", { HOME: folder }), FOUND);
});

test("a registry's own helper comes before the common store, and is asked with the registry on stdin", async (t) => {
  const answer = (name: string) => `cat > "$FOLDER/asked-${name}"; echo '{"Username":"${name}","Secret":"secret"}'`;
  const config = { credHelpers: { "a.io": "own" }, credsStore: "common", auths: { "a.io": { auth: AUTH } } };
  const env = await environment(t, config, { own: answer("own"), common: answer("common") });
  assert.deepEqual(await dockerCredentials("a.io", env), { username: "own", password: "secret" });
  assert.equal(await readFile(join(env.FOLDER, "asked-own"), "utf8"), "a.io");
  assert.deepEqual(await dockerCredentials("docker.io", env), { username: "common", password: "secret" });
  assert.equal(await readFile(join(env.FOLDER, "asked-common"), "utf8"), "https://index.docker.io/v1/");
});

test("a helper's <token> is a refresh token; one that knows nothing leaves it to the file", async (t) => {
  const helpers = {
    token: `echo '{"Username":"<token>","Secret":"refresh"}'`,
    empty: 'echo "credentials not found in native keychain"; exit 1',
  };
  const config = { credHelpers: { "a.io": "token", "b.io": "empty" }, auths: { "b.io": { auth: AUTH } } };
  const env = await environment(t, config, helpers);
  assert.deepEqual(await dockerCredentials("a.io", env), { identityToken: "refresh" });
  assert.deepEqual(await dockerCredentials("b.io", env), FOUND);
});

test("a helper that fails, is missing, or answers nonsense is named, and no secret is repeated", async (t) => {
  const helpers = { locked: 'echo "keychain is locked" >&2; exit 1', nonsense: "echo top-secret" };
  const config = { credHelpers: { "a.io": "locked", "b.io": "missing", "c.io": "nonsense", "d.io": "../../bin/sh" } };
  const env = await environment(t, config, helpers);
  const denied = { code: "registry-denied" };
  await assert.rejects(dockerCredentials("a.io", env), {
    ...denied,
    message: /docker-credential-locked.*keychain is locked/,
  });
  await assert.rejects(dockerCredentials("b.io", env), {
    ...denied,
    message: /docker-credential-missing cannot be started/,
  });
  await assert.rejects(dockerCredentials("c.io", env), (error: Error) => !error.message.includes("top-secret"));
  await assert.rejects(dockerCredentials("d.io", env), { ...denied, message: /not a name of a credential helper/ });
});

test("a file that is damaged is named, and not quoted", async (t) => {
  const env = await environment(t, '{"auths": {"a.io": {"auth": "c2VjcmV0"');
  await assert.rejects(dockerCredentials("a.io", env), (error: Error & { code?: string }) => {
    assert.equal(error.code, "registry-denied");
    assert.ok(error.message.includes(join(env.FOLDER, "config.json")) && !error.message.includes("c2VjcmV0"));
    return true;
  });
});
