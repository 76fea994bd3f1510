import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/**
 * In a process of its own, with the collector at hand: memory is compared. The young generation has its full size from
 * the start, since V8 doubles it at some moment of a steady load, and that is as much as a tenth of everything.
 */
test("200 hot swaps under steady load fail no request, mix no versions and leave memory as it was", () => {
  const script = fileURLToPath(new URL("./support/hot-swap.ts", import.meta.url));
  const args = ["--expose-gc", "--min-semi-space-size=16", "--conditions=@tricast/source", script];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 240_000 });
  assert.equal(status, 0, stderr);
  const result = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, number>;
  console.log(JSON.stringify(result));
  assert.ok((result.swaps ?? 0) >= 200, stdout);
  assert.ok((result.requests ?? 0) > 1000, stdout);
  assert.equal(result.failed, 0);
  assert.equal(result.mixed, 0);
  assert.ok((result.endMb ?? 0) <= (result.startMb ?? 0) * 1.1, `${result.startMb} MB became ${result.endMb} MB`);
});
