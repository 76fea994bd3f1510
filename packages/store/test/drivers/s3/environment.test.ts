import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readEnvironment } from "../../../src/drivers/s3/environment.ts";

const here = fileURLToPath(import.meta.url);
const ENV = {
  AWS_ACCESS_KEY_ID: "id",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_REGION: "eu-west-1",
  AWS_CONFIG_FILE: "/nowhere/config",
};

test("keys and region of the environment are enough, as on Lambda", () => {
  assert.deepEqual(readEnvironment({ bucket: "models" }, {}, { ...ENV, AWS_SESSION_TOKEN: "token" }), {
    credentials: { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" },
    region: "eu-west-1",
    address: "https://models.s3.eu-west-1.amazonaws.com",
  });
});

test("the address follows region, style and endpoint", () => {
  const address = (options: Parameters<typeof readEnvironment>[1], env = {}) =>
    readEnvironment({ bucket: "models" }, options, { ...ENV, ...env })?.address;
  assert.equal(address({ region: "us-gov-west-1" }), "https://models.s3.us-gov-west-1.amazonaws.com");
  assert.equal(address({ pathStyle: true }), "https://s3.eu-west-1.amazonaws.com/models");
  assert.equal(address({ endpoint: "http://localhost:9000/" }), "http://localhost:9000/models");
  assert.equal(address({}, { AWS_ENDPOINT_URL: "http://a", AWS_ENDPOINT_URL_S3: "http://b/c" }), "http://b/c/models");
  assert.equal(address({ endpoint: "http://minio", region: "home" }), "http://minio/models");
});

test("what the SDK may know better is left to it", () => {
  for (const [bucket, options, env] of [
    ["models", {}, { AWS_ACCESS_KEY_ID: "" }],
    ["models", {}, { AWS_SECRET_ACCESS_KEY: undefined }],
    ["models", {}, { AWS_REGION: undefined }],
    ["models", {}, { AWS_PROFILE: "work" }],
    ["models", { profile: "work" }, {}],
    ["models", {}, { AWS_CREDENTIAL_EXPIRATION: "2030-01-01T00:00:00Z" }],
    ["models", {}, { AWS_USE_DUALSTACK_ENDPOINT: "true" }],
    ["models", {}, { AWS_USE_FIPS_ENDPOINT: "true" }],
    ["models", {}, { AWS_CONFIG_FILE: here }],
    ["models", {}, { AWS_REGION: "cn-north-1" }],
    ["models", {}, { AWS_REGION: "us-iso-east-1" }],
    ["models", { endpoint: "http://minio", pathStyle: false }, {}],
    ["my.models", {}, {}],
    ["models--use1-az4--x-s3", {}, {}],
  ] as const) {
    const found = readEnvironment({ bucket }, options, { ...ENV, ...env });
    assert.equal(found, undefined, JSON.stringify([bucket, options, env]));
  }
});
