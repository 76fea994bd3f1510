import assert from "node:assert/strict";
import { test } from "node:test";
import { KNOWN_SOURCES } from "./differences.ts";
import { HOSTS } from "./hosts.ts";

test("the suite runs on every event source: nine of AWS, Azure's host, Google's framework and a bare server, our own server", () => {
  const count = (platform: string) => HOSTS.filter((host) => host.platform === platform).length;
  const platforms = ["aws-lambda", "azure-functions", "cloud-functions", "server"];
  assert.deepEqual(platforms.map(count), [9, 1, 2, 1]);
  assert.equal(new Set(HOSTS.map(({ name }) => name)).size, HOSTS.length);
});

test("every host has a row of platform differences, and every row a host", () => {
  assert.deepEqual([...KNOWN_SOURCES].sort(), HOSTS.map(({ name }) => name).sort());
});
