import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChallenges } from "../../src/image/registry/challenge.ts";
import { parseReference, registryUrl, showReference } from "../../src/image/registry/reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

const FULL: Readonly<Record<string, string>> = {
  node: "docker.io/library/node:latest",
  "node:24-slim": "docker.io/library/node:24-slim",
  "team/node": "docker.io/team/node:latest",
  "index.docker.io/node": "docker.io/library/node:latest",
  "localhost/x": "localhost/x:latest",
  "localhost:5000/x:1": "localhost:5000/x:1",
  [`localhost:5000/x@${DIGEST}`]: `localhost:5000/x@${DIGEST}`,
  [`node:24@${DIGEST}`]: `docker.io/library/node:24@${DIGEST}`,
  "ghcr.io/a/b/c__d:v1.2": "ghcr.io/a/b/c__d:v1.2",
  "[::1]:5000/x": "[::1]:5000/x:latest",
  "123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris:latest",
};

for (const [short, full] of Object.entries(FULL)) {
  test(`${short} is ${full}`, () => assert.equal(showReference(parseReference(short)), full));
}

for (const wrong of [
  "",
  "Node",
  "a b",
  "node:",
  "node@sha256:12",
  `node@${DIGEST}@${DIGEST}`,
  "a//b",
  "x:y:z",
  "-a",
  "a..b/c/",
]) {
  test(`${JSON.stringify(wrong)} is refused`, () => {
    assert.throws(() => parseReference(wrong), { code: "invalid-option" });
  });
}

test("plain HTTP is for this machine only, unless insecure is set", () => {
  assert.equal(registryUrl("localhost:5000", false).href, "http://localhost:5000/v2/");
  assert.equal(registryUrl("127.0.0.1:5000", false).href, "http://127.0.0.1:5000/v2/");
  assert.equal(registryUrl("[::1]:5000", false).href, "http://[::1]:5000/v2/");
  assert.equal(registryUrl("localhost.example.org", false).href, "https://localhost.example.org/v2/");
  assert.equal(registryUrl("127.0.0.1.example.org", false).href, "https://127.0.0.1.example.org/v2/");
  assert.equal(registryUrl("docker.io", false).href, "https://registry-1.docker.io/v2/");
  assert.equal(registryUrl("registry.lan:5000", true).href, "http://registry.lan:5000/v2/");
});

test("challenges are read with commas, escapes and several schemes in one header", () => {
  assert.deepEqual(
    parseChallenges(
      'Bearer realm="https://auth/t?a=1,2",service="a \\"b\\"",scope="repository:x:pull,push", Basic realm=x',
    ),
    [
      {
        scheme: "bearer",
        parameters: { realm: "https://auth/t?a=1,2", service: 'a "b"', scope: "repository:x:pull,push" },
      },
      { scheme: "basic", parameters: { realm: "x" } },
    ],
  );
  assert.deepEqual(parseChallenges(undefined), []);
});
