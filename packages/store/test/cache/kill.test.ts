import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { bytes, cache, finished, killDownloads, published, startChild } from "./support/killed-download.ts";

// Many more moments in kill.soak.test.ts.
test("a process killed in a download leaves a cache that the next one uses correctly", () =>
  killDownloads([{ afterBytes: 1 }, { afterShare: 0.5 }, { afterBytes: 3_000_000 }, { afterShare: 0.9 }]));

test("two processes that fetch the same at the same time both end right", async () => {
  await cache.clear();
  const children = [await startChild(), await startChild(), await startChild()];
  const answers = children.map(finished);
  for (const child of children) child.send("go");
  for (const { path } of await Promise.all(answers)) assert.ok(bytes.equals(await readFile(path)));
  for (const child of children) child.kill();
  assert.equal((await published()).length, 1);
});

test("a file that cannot grow any more stays in memory, with a warning, and leaves nothing behind", async () => {
  await cache.clear();
  // Blocks of 512 bytes: a third of the model. Node ignores SIGXFSZ and reads EFBIG, as it would read ENOSPC.
  const child = await startChild("4096");
  child.send("go");
  const { path, inMemory, warnings } = await finished(child);
  child.kill();
  assert.deepEqual([path, inMemory, warnings.length], [undefined, bytes.length, 1]);
  assert.match(JSON.stringify(warnings), /kept in memory.*EFBIG/);
  assert.deepEqual(await cache.files(), []);
});
