import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { KNOWN_SOURCES } from "./differences.ts";
import { HOSTS } from "./hosts.ts";

test("the suite runs on every event source: nine of AWS, one of Azure, two of Google, our server, seven servers of users", () => {
  const count = (platform: string) => HOSTS.filter((host) => host.platform.name === platform).length;
  const platforms = ["aws-lambda", "azure-functions", "cloud-functions", "server", "own-server"];
  assert.deepEqual(platforms.map(count), [9, 1, 2, 1, 7]);
  assert.equal(new Set(HOSTS.map(({ name }) => name)).size, HOSTS.length);
});

test("every host has a row of platform differences, and every row a host", () => {
  assert.deepEqual([...KNOWN_SOURCES].sort(), HOSTS.map(({ name }) => name).sort());
});

test("the hosts of every cloud run the contract suite", () => {
  const clouds = readdirSync(join(import.meta.dirname, "hosts")).filter((file) =>
    readFileSync(join(import.meta.dirname, "hosts", file), "utf8").includes("_HOSTS: readonly ContractHost[]"),
  );
  assert.equal(clouds.length, 5);
  for (const file of clouds) {
    const suite = join(import.meta.dirname, file.replace(".ts", "-adapters.test.ts"));
    assert.ok(existsSync(suite) && readFileSync(suite, "utf8").includes("testAdapter(host)"), suite);
  }
});
