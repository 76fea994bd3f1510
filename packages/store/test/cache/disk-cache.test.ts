import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import type { Logger } from "@tricast/core";
import { type HttpsServer, startHttpsServer } from "../../../../test/support/stores/https-server.ts";
import { cacheFolder, prepareRoot } from "../../src/cache/root.ts";
import { fetchObject } from "../../src/fetch-object.ts";
import type { FetchedObject, FetchOptions } from "../../src/fetch-types.ts";
import { type TemporaryCache, temporaryCache } from "../download/temporary-cache.ts";
import { rejects } from "../drivers/test-driver.ts";

const KB = 1024;
let server: HttpsServer;
let cache: TemporaryCache;

before(async () => {
  server = await startHttpsServer();
});
after(() => server.close());
// Warnings are said once for each folder, so each test has its own.
beforeEach(async (context) => {
  cache = await temporaryCache();
  server.requests.length = 0;
  server.files.clear();
  if ("after" in context) context.after(() => cache.remove());
});

interface Put {
  readonly uri: string;
  readonly bytes: Buffer;
  readonly sha256: string;
}

function put(name: string, size = 100 * KB): Put {
  const bytes = randomBytes(size);
  server.files.set(`/${name}`, bytes);
  return { uri: `${server.address}/${name}`, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

function get({ uri, sha256 }: Put, options: FetchOptions = {}): Promise<FetchedObject> {
  return fetchObject(uri, { sha256, cacheDir: cache.folder, store: server.options, retryMs: 5, ...options });
}

async function content(fetched: FetchedObject): Promise<Buffer> {
  return fetched.path === undefined ? Buffer.from(fetched.bytes) : readFile(fetched.path);
}

function recorder(): { log: Logger; lines: [string, string, unknown][] } {
  const lines: [string, string, unknown][] = [];
  const at = (level: string) => (message: string, fields?: unknown) => void lines.push([level, message, fields]);
  return { log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }, lines };
}

/** As if it had been used so long ago. */
async function age({ sha256 }: Put, seconds: number): Promise<void> {
  const then = Date.now() / 1_000 - seconds;
  await utimes(join(cache.folder, sha256, ".verified"), then, then);
}

test("a file lies under its digest and name, and is found again without any request", async () => {
  const model = put("iris/model.ort");
  const first = await get(model);
  assert.deepEqual([first.from, first.path], ["store", join(cache.folder, model.sha256, "model.ort")]);
  const requests = server.requests.length;
  const second = await get(model);
  assert.deepEqual([second.from, second.path], ["cache", first.path]);
  assert.equal(server.requests.length, requests);
  assert.ok(model.bytes.equals(await content(second)));
});

test("the same content under another name is the same bytes on the disk", async () => {
  const model = put("model.ort");
  server.files.set("/copy.ort", model.bytes);
  const [one, two] = [await get(model), await get({ ...model, uri: `${server.address}/copy.ort` })];
  assert.equal(two.from, "cache");
  assert.equal((await stat(one.path as string)).ino, (await stat(two.path as string)).ino);
});

test("without a digest the tag decides: one request for the same object, a download for another", async () => {
  const model = put("model.ort");
  const first = await get(model, { sha256: undefined });
  assert.deepEqual([first.from, first.sha256], ["store", model.sha256]);
  server.requests.length = 0;
  assert.equal((await get(model, { sha256: undefined })).from, "cache");
  assert.deepEqual(
    server.requests.map(({ method }) => method),
    ["HEAD"],
  );
  const newer = put("model.ort");
  const second = await get(newer, { sha256: undefined });
  assert.deepEqual([second.from, second.sha256], ["store", newer.sha256]);
});

test("a cached file that was changed is fetched again: other size, other time, and with verify full other bytes", async () => {
  const model = put("model.ort");
  const { path } = await get(model);
  assert.ok(path);
  const before = await stat(path);
  const spoil: (() => Promise<void>)[] = [() => truncate(path, 10), () => writeFile(path, randomBytes(100 * KB))];
  for (const change of spoil) {
    await chmod(path, 0o600);
    await change();
    const again = await get(model);
    assert.equal(again.from, "store");
    assert.ok(model.bytes.equals(await content(again)));
  }
  const { mtime } = await stat(path);
  await chmod(path, 0o600);
  await writeFile(path, randomBytes(before.size));
  await utimes(path, mtime, mtime);
  const full = await get(model, { verify: "full" });
  assert.ok(model.bytes.equals(await content(full)));
});

test("a changed file with the same size and time is accepted once, and found when it is checked again", async () => {
  const model = put("model.ort");
  for (let round = 0; round < 3; round++) {
    const { path } = await get(model);
    assert.ok(path);
    const { size } = await stat(path);
    execFileSync("cp", ["-p", path, `${cache.folder}/times`]);
    await chmod(path, 0o600);
    await writeFile(path, randomBytes(size));
    execFileSync("touch", ["-r", `${cache.folder}/times`, path]);
    execFileSync("rm", ["-f", `${cache.folder}/times`]);
    assert.equal((await get(model)).from, "cache");
    const again = await get(model, { verify: "again" });
    assert.deepEqual([again.from, model.bytes.equals(await content(again))], ["store", true]);
  }
});

test("no link is followed when the cache is written to", async () => {
  const outside = join(cache.folder, "outside");
  const root = join(cache.folder, "root");
  const model = put("model.ort");
  const [entry, sentinel] = [join(root, model.sha256), join(outside, "sentinel")];
  await mkdir(outside);
  await writeFile(sentinel, "mine");
  await utimes(sentinel, 1, 1);
  const plants: readonly (readonly [string, string])[] = [
    [join(root, "partial"), outside],
    [join(root, "index"), outside],
    [entry, outside],
    [join(entry, ".verified"), sentinel],
    [join(entry, "model.ort"), sentinel],
  ];
  for (const [link, target] of plants) {
    for (const sha256 of [model.sha256, undefined]) {
      await rm(root, { recursive: true, force: true });
      await mkdir(join(link, ".."), { recursive: true, mode: 0o700 });
      await symlink(target, link);
      for (let use = 0; use < 2; use++) {
        const fetched = await get(model, { cacheDir: root, sha256 });
        assert.ok(fetched.path && model.bytes.equals(await content(fetched)), link);
        assert.ok((await realpath(fetched.path)).startsWith(`${root}/`), link);
      }
      assert.deepEqual(await readdir(outside), ["sentinel"], link);
      assert.equal(await readFile(sentinel, "utf8"), "mine");
      assert.equal((await stat(sentinel)).mtimeMs, 1_000, link);
    }
  }
});

test("an entry that is a link is not used, even if its folder has the right file", async () => {
  const [outside, root] = [join(cache.folder, "outside"), join(cache.folder, "root")];
  const model = put("model.ort");
  await mkdir(root, { mode: 0o700 });
  // The second name would be added beside the first.
  for (const name of ["model.ort", "other.ort"]) {
    await rm(outside, { recursive: true, force: true });
    const { path } = await get(model, { cacheDir: outside });
    await rename(join(path as string, ".."), join(cache.folder, "entry"));
    await rm(outside, { recursive: true });
    await rename(join(cache.folder, "entry"), outside);
    if (name === "other.ort") server.files.set("/other.ort", model.bytes);
    for (const marked of [true, false]) {
      if (!marked) await rm(join(outside, ".verified"));
      await rm(join(root, model.sha256), { recursive: true, force: true });
      await symlink(outside, join(root, model.sha256));
      const before = await readdir(outside);
      const fetched = await get({ ...model, uri: `${server.address}/${name}` }, { cacheDir: root });
      assert.equal(fetched.from, "store");
      assert.ok((await realpath(fetched.path as string)).startsWith(`${root}/`));
      assert.deepEqual(await readdir(outside), before);
    }
  }
});

test("a file without its marker is verified and kept", async () => {
  const model = put("model.ort");
  await mkdir(join(cache.folder, model.sha256));
  await writeFile(join(cache.folder, model.sha256, "model.ort"), model.bytes);
  assert.equal((await get(model)).from, "cache");
  const wrong = put("wrong.ort");
  await mkdir(join(cache.folder, wrong.sha256));
  await writeFile(join(cache.folder, wrong.sha256, "wrong.ort"), model.bytes);
  const fetched = await get(wrong);
  assert.equal(fetched.from, "store");
  assert.ok(wrong.bytes.equals(await content(fetched)));
});

test("the least recently used file goes first, and none that this process uses", async () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => put(`${name}.ort`)) as [Put, Put, Put, Put];
  const maxCacheBytes = 350 * KB;
  const opened = [await get(a, { maxCacheBytes }), await get(b, { maxCacheBytes }), await get(c, { maxCacheBytes })];
  for (const file of opened) file.release();
  // a was used before b, but c is the oldest and in use.
  await age(a, 100);
  await age(b, 50);
  const held = await get(c, { maxCacheBytes });
  await age(c, 200);
  assert.equal((await get(d, { maxCacheBytes })).from, "store");
  const left = (await cache.files()).filter((file) => file.endsWith(".ort")).map((file) => file.split("/")[1]);
  assert.deepEqual(left.sort(), ["b.ort", "c.ort", "d.ort"]);
  held.release();
});

test("where everything is in use the model stays in memory, with one warning", async () => {
  const { log, lines } = recorder();
  const [a, b] = [put("a.ort"), put("b.ort")];
  const maxCacheBytes = 150 * KB;
  await get(a, { maxCacheBytes, log });
  const second = await get(b, { maxCacheBytes, log });
  assert.equal(second.path, undefined);
  assert.ok(b.bytes.equals(await content(second)));
  await get(b, { maxCacheBytes, log });
  const warnings = lines.filter(([level]) => level === "warn");
  assert.equal(warnings.length, 1);
  assert.match(JSON.stringify(warnings), /kept in memory.*no room for 102400 bytes/);
});

test("a folder that cannot be made is one warning and no failure", async () => {
  await writeFile(join(cache.folder, "file"), "");
  const { log, lines } = recorder();
  const model = put("model.ort");
  for (let n = 0; n < 2; n++) {
    const fetched = await get(model, { cacheDir: join(cache.folder, "file", "below"), log });
    assert.ok(model.bytes.equals(await content(fetched)));
  }
  assert.equal(lines.filter(([level]) => level === "warn").length, 1);
});

test("files that are cleaned away during the download go to memory", async () => {
  const { log, lines } = recorder();
  const model = put("model.ort", 3_000 * KB);
  const onProgress = () => rmSync(join(cache.folder, "partial"), { recursive: true, force: true });
  const fetched = await get(model, { log, onProgress });
  assert.equal(fetched.path, undefined);
  assert.ok(model.bytes.equals(await content(fetched)));
  assert.match(JSON.stringify(lines), /kept in memory.*ENOENT/);
  const again = await get(model);
  assert.ok(again.path);
});

test("TRICAST_CACHE_DIR=none and cacheDir null keep the bytes in memory, silently", async () => {
  const { log, lines } = recorder();
  const model = put("model.ort");
  assert.ok(model.bytes.equals((await get(model, { cacheDir: null, log })).bytes as Buffer));
  process.env.TRICAST_CACHE_DIR = "none";
  try {
    assert.ok(model.bytes.equals((await get(model, { cacheDir: undefined, log })).bytes as Buffer));
  } finally {
    delete process.env.TRICAST_CACHE_DIR;
  }
  assert.deepEqual(
    lines.filter(([level]) => level === "warn"),
    [],
  );
});

test("says what it fetched in one line of the log", async () => {
  const { log, lines } = recorder();
  const model = put("model.ort");
  await get(model, { log });
  assert.equal(lines.length, 1);
  const [level, message, fields] = lines[0] as [string, string, Record<string, unknown>];
  assert.deepEqual(
    [level, message, fields.uri, fields.bytes, fields.retries],
    ["info", "model fetched", model.uri, 102400, 0],
  );
});

test("a local file is used where it lies; its digest is checked", async () => {
  const path = join(cache.folder, "local.ort");
  await writeFile(path, "model");
  const sha256 = createHash("sha256").update("model").digest("hex");
  for (const uri of [path, `file://${path}`]) {
    const found = await fetchObject(uri, { sha256, size: 5 });
    assert.deepEqual([found.path, found.from], [path, "disk"]);
  }
  await rejects(fetchObject(path, { sha256: "0".repeat(64) }), "digest-mismatch");
  await rejects(fetchObject(path, { size: 6 }), "digest-mismatch");
  await rejects(fetchObject(join(cache.folder, "absent.ort")), "store-not-found");
  await rejects(fetchObject(cache.folder), "store-not-found");
});

test("options are checked", async () => {
  await rejects(fetchObject("a.ort", { sha256: "ABC" }), "invalid-option", /64 lower-case hexadecimal/);
  await rejects(fetchObject("a.ort", { sha265: "" } as object), "invalid-option", /did you mean "sha256"/);
  await rejects(fetchObject("ftp://host/a"), "invalid-option", /"ftp".*s3:\/\/bucket/);
});

test("the folder is the platform's scratch folder", () => {
  assert.equal(cacheFolder({ TRICAST_CACHE_DIR: "/x" }), "/x");
  assert.equal(cacheFolder({ AWS_LAMBDA_FUNCTION_NAME: "f" }), "/tmp/tricast");
  assert.match(cacheFolder({}) as string, /[\\/]tricast$/);
});

test("in a place shared with other users a folder that others may change is not trusted", async () => {
  const folder = join(cache.folder, "tricast");
  await mkdir(folder);
  await chmod(folder, 0o777);
  assert.equal(await prepareRoot(folder, true), `${folder}-${process.getuid?.()}`);
  await chmod(`${folder}-${process.getuid?.()}`, 0o777);
  await assert.rejects(prepareRoot(folder, true), /belong to another user/);
});

const isRoot = process.getuid?.() === 0;

test("a folder that was chosen must belong to this user or to root", { skip: !isRoot && "needs root" }, async () => {
  const folder = join(cache.folder, "chosen");
  assert.equal(await prepareRoot(folder, false), folder);
  assert.equal((await lstat(folder)).mode & 0o777, 0o700);
  await symlink(folder, join(cache.folder, "link"));
  assert.equal(await prepareRoot(join(cache.folder, "link"), false), folder);
  await chmod(folder, 0o755);
  assert.equal(await prepareRoot(folder, false), folder);
  await chmod(folder, 0o777);
  assert.equal(await prepareRoot(folder, false), join(folder, "tricast-0"));
  await chmod(join(folder, "tricast-0"), 0o777);
  await assert.rejects(prepareRoot(folder, false), /chosen is writable by others \(mode 777\)/);
  for (const mode of [0o700, 0o777]) {
    await chown(folder, 12_345, 12_345);
    await chmod(folder, mode);
    await assert.rejects(prepareRoot(folder, false), /chosen belongs to another user \(12345, this is 0\)/);
  }
  const { log, lines } = recorder();
  const model = put("model.ort");
  assert.ok(model.bytes.equals((await get(model, { cacheDir: folder, log })).bytes as Buffer));
  assert.deepEqual(lines.filter(([level]) => level === "warn").length, 1);
});
