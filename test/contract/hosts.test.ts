import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { KNOWN_SOURCES } from "./differences.ts";
import { AZURE_BUFFERED_HOSTS } from "./hosts/azure.ts";
import { HOSTS } from "./hosts.ts";

test("the suite runs on every event source: nine of AWS, one of Azure, two of Google, our server, seven servers of users", () => {
  const count = (platform: string) => HOSTS.filter((host) => host.platform.name === platform).length;
  const platforms = ["aws-lambda", "azure-functions", "cloud-functions", "server", "own-server"];
  assert.deepEqual(platforms.map(count), [9, 1, 2, 1, 7]);
  assert.equal(new Set(HOSTS.map(({ name }) => name)).size, HOSTS.length);
});

test("every host has a row of platform differences, and every row a host", () => {
  const all = [...HOSTS, ...AZURE_BUFFERED_HOSTS];
  assert.deepEqual([...KNOWN_SOURCES].sort(), all.map(({ name }) => name).sort());
});

test("the hosts of every cloud run the contract suite", () => {
  const read = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8");
  const suites = readdirSync(import.meta.dirname)
    .filter((file) => /-adapters(\.long)?\.test\.ts$/.test(file))
    .map(read)
    .filter((text) => text.includes("testAdapter(host)"));
  const lists = readdirSync(join(import.meta.dirname, "hosts")).flatMap((file) =>
    [...read(join("hosts", file)).matchAll(/export const (\w+_HOSTS): readonly ContractHost\[\]/g)].map(
      ([, name]) => name,
    ),
  );
  assert.equal(lists.length, 7);
  for (const list of lists)
    assert.ok(
      suites.some((text) => text.includes(`const host of ${list})`)),
      list,
    );
});
