import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { awsCredentials, environmentCredentials } from "@tricast/identity/aws";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tricast-aws-"));
});
after(() => rm(folder, { recursive: true }));

/** The environment of a machine whose AWS CLI is this script. */
async function withCli(script: string): Promise<Record<string, string>> {
  await writeFile(join(folder, "aws"), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, "aws"), 0o755);
  return { PATH: folder };
}

test("keys of the environment win, with the session's token where it has one", async () => {
  const env = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };
  assert.deepEqual(environmentCredentials(env), { accessKeyId: "id", secretAccessKey: "secret" });
  assert.deepEqual(await awsCredentials({ ...env, AWS_SESSION_TOKEN: "token" }), {
    accessKeyId: "id",
    secretAccessKey: "secret",
    sessionToken: "token",
  });
  for (const incomplete of [
    { ...env, AWS_ACCESS_KEY_ID: "" },
    { ...env, AWS_SECRET_ACCESS_KEY: undefined },
  ]) {
    assert.equal(environmentCredentials(incomplete), undefined);
  }
});

test("without keys, the AWS CLI is asked", { skip: process.platform === "win32" }, async () => {
  const answer = { Version: 1, AccessKeyId: "id", SecretAccessKey: "secret", SessionToken: "token" };
  const args = 'test "$*" = "configure export-credentials --format process" || exit 9';
  const env = await withCli(`${args}\necho '${JSON.stringify(answer)}'`);
  const expected = { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" };
  assert.deepEqual(await awsCredentials(env), expected);
});

test("an error says what the AWS CLI said, and quotes no secret", { skip: process.platform === "win32" }, async () => {
  await assert.rejects(awsCredentials({ PATH: join(folder, "empty") }), {
    code: "credentials-missing",
    message: /AWS_ACCESS_KEY_ID .* the AWS CLI, .* is not installed; .*aws sso login/,
  });
  const failing = await withCli('echo "Error loading SSO Token" >&2\nexit 255');
  await assert.rejects(awsCredentials(failing), /the AWS CLI failed: Error loading SSO Token/);
  const broken = await withCli("echo '{ \"SecretAccessKey\": hunter2'");
  await assert.rejects(awsCredentials(broken), (error: Error) => {
    assert.match(error.message, /the AWS CLI's answer is not a JSON object/);
    return !`${error.message} ${error.cause}`.includes("hunter2");
  });
});
