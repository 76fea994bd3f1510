import assert from "node:assert/strict";
import { test } from "node:test";
import { usesEnvProxy } from "../../../src/drivers/http/client.ts";

const CASES: readonly (readonly [env: NodeJS.ProcessEnv, execArgv: readonly string[], expected: boolean])[] = [
  [{}, [], false],
  [{ NODE_USE_ENV_PROXY: "1" }, [], true],
  [{ NODE_USE_ENV_PROXY: "0" }, [], false],
  [{}, ["--use-env-proxy"], true],
  [{}, ["--no-use-env-proxy"], false],
  [{ NODE_USE_ENV_PROXY: "1" }, ["--no-use-env-proxy"], false],
  [{ NODE_OPTIONS: "--use-env-proxy" }, [], true],
  [{ NODE_OPTIONS: "--max-old-space-size=512  --use-env-proxy --enable-source-maps" }, [], true],
  [{ NODE_OPTIONS: "--use-env-proxy" }, ["--no-use-env-proxy"], false],
  [{ NODE_OPTIONS: "--use-env-proxy-not" }, [], false],
  [{ NODE_OPTIONS: "" }, ["--conditions=x"], false],
];

for (const [env, execArgv, expected] of CASES) {
  test(`${JSON.stringify(env)} with ${JSON.stringify(execArgv)}: ${expected ? "the" : "no"} proxy`, () => {
    assert.equal(usesEnvProxy(env, execArgv), expected);
  });
}
