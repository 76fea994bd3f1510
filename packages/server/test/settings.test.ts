import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { OPTIONS } from "../src/options/options.ts";
import { readSettings } from "../src/settings.ts";
import { VERSION } from "../src/version.ts";

const read = (options: object, env: Record<string, string> = {}) => readSettings(options, 1_000, env);

test("an option in code comes before its variable, and that before the default", () => {
  assert.equal(read({ maxQueue: 1 }, { TRICAST_MAX_QUEUE: "2" }).maxQueue, 1);
  assert.equal(read({}, { TRICAST_MAX_QUEUE: "2" }).maxQueue, 2);
  assert.equal(read({}, { TRICAST_MAX_QUEUE: "" }).maxQueue, read({}).maxQueue);
  assert.equal(read({}).maxBodyBytes, 1_000);
});

test("the port is where each platform says it is", () => {
  assert.equal(read({}).port, 8080);
  assert.equal(read({}, { PORT: "1" }).port, 1);
  assert.equal(read({}, { PORT: "1", AIP_HTTP_PORT: "2" }).port, 2);
  assert.equal(read({}, { PORT: "1", AIP_HTTP_PORT: "2", SAGEMAKER_BIND_TO_PORT: "3" }).port, 3);
  assert.equal(read({}, { PORT: "1", TRICAST_PORT: "4" }).port, 4);
  assert.equal(
    read({}, { PORT: "tcp://10.0.0.1:80" }).port,
    8080,
    "Kubernetes sets such variables for a service named like it",
  );
});

test("the times are those of the platform", () => {
  const times = (env: Record<string, string>) => {
    const { hosting, graceMs, requestTimeoutMs } = read({}, env);
    return [hosting, graceMs, requestTimeoutMs];
  };
  assert.deepEqual(times({}), ["plain", 29_000, 60_000]);
  assert.deepEqual(times({ K_SERVICE: "x" }), ["cloud-run", 9_000, 300_000]);
  assert.deepEqual(times({ K_SERVICE: "x", CLOUD_RUN_TIMEOUT_SECONDS: "12" }), ["cloud-run", 9_000, 12_000]);
  assert.deepEqual(times({ SAGEMAKER_BIND_TO_PORT: "8080" }), ["sagemaker", 29_000, 60_000]);
  assert.deepEqual(times({ AIP_MODE: "PREDICTION" }), ["vertex", 29_000, 60_000]);
  assert.deepEqual(times({ AZUREML_MODEL_DIR: "/m" }), ["azure-ml", 29_000, 180_000]);
  assert.deepEqual(times({ KUBERNETES_SERVICE_HOST: "10.0.0.1" }), ["kubernetes", 29_000, 60_000]);
});

test("lists are separated by commas in a variable", () => {
  assert.deepEqual(read({}, { TRICAST_API_KEYS: " a, b,,c " }).apiKeys, ["a", "b", "c"]);
});

test("an unknown option is refused with the nearest there is", () => {
  assert.throws(() => read({ maxQueu: 1 }), {
    code: "invalid-option",
    message: /"maxQueu"; did you mean "maxQueue"\?/,
  });
});

test("a value outside its rule is refused, wherever it comes from", () => {
  for (const [options, rule] of [
    [{ port: 65_536 }, /port is 65536; it must be a whole number from 0 to 65535/],
    [{ maxInFlight: 0 }, /maxInFlight is 0/],
    [{ accessLog: 2 }, /accessLog is 2; it must be a number from 0 \(none\) to 1 \(all\)/],
    [{ metrics: "yes" }, /metrics is "yes"; it must be one of open, authenticated, off/],
    [{ apiKeys: [""] }, /apiKeys is an array of 1/],
    [{ host: "" }, /host is ""/],
  ] as const)
    assert.throws(() => read(options), { code: "invalid-option", message: rule });
});

test("no text in a variable is taken for a value that code could not give", () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(OPTIONS)), fc.string(), ({ parse, accepts }, text) => {
      const value = parse(text);
      if (value !== undefined && text !== "") assert.ok(accepts(value), String(value));
    }),
  );
});

test("variables are named for their options", () => {
  for (const [name, { variable }] of Object.entries(OPTIONS))
    assert.equal(variable, `TRICAST_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`);
});

test("the version is the package's", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  assert.equal(VERSION, manifest.version);
});
