import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { chooseIndex, fetchModel, openStore, recheckModel } from "@tricast/store";
import { promote } from "@tricast/store/publishing";
import { startS3Server } from "../../../../test/support/stores/s3-server.ts";
import type { TestServer } from "../../../../test/support/stores/test-server.ts";
import { withEnv } from "../../../../test/support/stores/with-env.ts";
import { listEntries } from "../../src/cache/entries.ts";
import { push } from "../support/push-onnx.ts";

const IRIS = fileURLToPath(new URL("../../../../handlers/iris/iris.onnx", import.meta.url));
const DIGITS = fileURLToPath(new URL("../../../../handlers/digits/digits.onnx", import.meta.url));

let server: TestServer;
let scratch: string;
let folderCount = 0;
const emptyFolder = async (): Promise<string> => {
  const folder = join(scratch, `folder ${++folderCount}`);
  await mkdir(folder);
  return folder;
};

before(async () => {
  server = await startS3Server();
  scratch = await mkdtemp(join(tmpdir(), "tricast served "));
});
after(async () => {
  await server.close();
  await rm(scratch, { recursive: true });
});

/** A store in S3 with two versions of a model, `prod` at the first; each test has its own. */
async function publish(
  name: string,
): Promise<{ uri: string; options: { cacheDir: string; store: TestServer["options"] } }> {
  const store = await openStore(server.uri, server.options);
  await push(store, name, IRIS);
  await push(store, name, DIGITS);
  await promote(store, name, "prod", "v1");
  return { uri: `${server.uri}/${name}`, options: { cacheDir: await emptyFolder(), store: server.options } };
}

/** A version with a model and, in a folder beside it, its weights. */
async function publishSeveral(name: string): ReturnType<typeof publish> {
  const source = await emptyFolder();
  await mkdir(join(source, "data"));
  await writeFile(join(source, "model.onnx"), await readFile(IRIS));
  await writeFile(join(source, "data/weights.bin"), `weights of ${name}`);
  await push(await openStore(server.uri, server.options), name, source);
  return { uri: `${server.uri}/${name}`, options: { cacheDir: await emptyFolder(), store: server.options } };
}

const inStore = (task: () => Promise<void>) => () => withEnv(server.env, task);

describe("a model at an address", () => {
  it(
    "is the version its alias leads to, in the cache, with its manifest",
    inStore(async () => {
      const { uri, options } = await publish("by-alias");
      const { versions, weights } = await fetchModel(`${uri}@prod`, options);
      assert.deepEqual(weights, { v1: 1 });
      const [only] = versions;
      assert.equal(only?.version, "v1");
      assert.equal(only?.manifest?.inputs?.[0]?.name, "features");
      assert.deepEqual(await readFile(only?.path ?? ""), await readFile(IRIS));
    }),
  );

  it(
    "is the newest version without an alias, and the one that is named",
    inStore(async () => {
      const { uri, options } = await publish("by-version");
      assert.equal((await fetchModel(uri, options)).versions[0]?.version, "v2");
      assert.equal((await fetchModel(`${uri}@v1`, options)).versions[0]?.version, "v1");
    }),
  );

  it(
    "is every version that shares an alias, the heaviest first, each chosen by its share",
    inStore(async () => {
      const { uri, options } = await publish("shared");
      const store = await openStore(server.uri, server.options);
      await promote(store, "shared", "prod", { v1: 20, v2: 80 });
      const model = await fetchModel(`${uri}@prod`, options);
      assert.deepEqual(
        model.versions.map(({ version }) => version),
        ["v2", "v1"],
      );
      const counts = [0, 0];
      for (let user = 0; user < 2000; user++) counts[chooseIndex(model, `user ${user}`)]!++;
      assert.ok(counts[0]! > 1500 && counts[0]! < 1700, String(counts));
      assert.equal(chooseIndex(model, "user 1"), chooseIndex(model, "user 1"));
    }),
  );

  it(
    "is a plain object when it ends in .onnx",
    inStore(async () => {
      const { options } = await publish("plain");
      const model = await fetchModel(`${server.uri}/plain/v1/iris.onnx`, options);
      assert.equal(model.versions[0]?.version, undefined);
      assert.deepEqual(await readFile(model.versions[0]?.path ?? ""), await readFile(IRIS));
      assert.equal(await recheckModel(`${server.uri}/plain/v1/iris.onnx`, model, options), "unchanged");
    }),
  );

  it(
    "stays in memory where there is no disk",
    inStore(async () => {
      const { uri, options } = await publish("memory");
      const model = await fetchModel(`${uri}@prod`, { ...options, cacheDir: null });
      assert.deepEqual(Buffer.from(model.versions[0]?.bytes ?? []), await readFile(IRIS));
    }),
  );

  it(
    "has its files beside each other where it has several, from S3 and from a folder",
    inStore(async () => {
      const source = await emptyFolder();
      await mkdir(join(source, "data"));
      await writeFile(join(source, "model.onnx"), await readFile(IRIS));
      await writeFile(join(source, "data/weights.bin"), "weights");
      const local = await emptyFolder();
      for (const uri of [server.uri, local]) {
        const store = await openStore(uri, server.options);
        await push(store, "several", source);
        const options = { cacheDir: await emptyFolder(), store: server.options };
        for (let time = 0; time < 2; time++) {
          const model = await fetchModel(`${uri}/several`, options);
          const path = model.versions[0]?.path ?? "";
          assert.deepEqual(await readFile(path), await readFile(IRIS));
          assert.equal(await readFile(join(dirname(path), "data/weights.bin"), "utf8"), "weights");
        }
      }
    }),
  );

  it(
    "has the cache's present file, where the cache fetched it again",
    inStore(async () => {
      const { uri, options } = await publishSeveral("again");
      const weightsOf = async (): Promise<string> => {
        const { path = "", release } = (await fetchModel(uri, options)).versions[0]!;
        release();
        return join(dirname(path), "data/weights.bin");
      };
      const weights = await weightsOf();
      // A damage to the cached file is one to all its hard links.
      await chmod(weights, 0o600);
      for (const damage of ["shorter", "of the same size"]) {
        await writeFile(weights, damage);
        assert.equal(await weightsOf(), weights);
        assert.equal(await readFile(weights, "utf8"), "weights of again");
        await chmod(weights, 0o600);
      }
    }),
  );

  it(
    "leaves nothing on the disk when one of its several files is evicted",
    inStore(async () => {
      const { uri, options } = await publishSeveral("evicted");
      const { path = "", release } = (await fetchModel(uri, options)).versions[0]!;
      const kept = await fetchModel((await publishSeveral("kept")).uri, options);
      release();
      for (const name of await readdir(options.cacheDir))
        await utimes(join(options.cacheDir, name, ".verified"), 1_000, 1_000).catch(() => {});
      const cached = (await listEntries(options.cacheDir)).reduce((sum, { bytes }) => sum + bytes, 0);
      const { size } = await stat(DIGITS);
      await fetchModel((await publish("other")).uri, { ...options, maxCacheBytes: cached + size - 1 });
      await assert.rejects(stat(path), { code: "ENOENT" });
      assert.deepEqual(await readdir(join(options.cacheDir, "laid-out")), [
        basename(dirname(kept.versions[0]?.path ?? "")),
      ]);
    }),
  );

  it(
    "replaces a link, or a file, in the place of its folder",
    inStore(async () => {
      const { uri, options } = await publishSeveral("planted");
      const outside = await emptyFolder();
      const { path = "" } = (await fetchModel(uri, options)).versions[0]!;
      for (const plant of [() => symlink(outside, dirname(path)), () => writeFile(dirname(path), "")]) {
        await rm(dirname(path), { recursive: true });
        await plant();
        const again = (await fetchModel(uri, options)).versions[0]!;
        assert.equal(again.path, path);
        assert.deepEqual(await readFile(path), await readFile(IRIS));
        assert.deepEqual(await readdir(outside), []);
      }
    }),
  );

  it(
    "refuses several files without a disk, and says what to do",
    inStore(async () => {
      const source = await emptyFolder();
      await writeFile(join(source, "model.onnx"), await readFile(IRIS));
      await writeFile(join(source, "weights.bin"), "weights");
      await push(await openStore(server.uri, server.options), "no-disk", source);
      await assert.rejects(fetchModel(`${server.uri}/no-disk`, { cacheDir: null, store: server.options }), {
        code: "disk-full",
        message: /2 files.*one file/,
      });
    }),
  );

  it(
    "says that there is no such alias, and names those there are",
    inStore(async () => {
      const { uri, options } = await publish("missing");
      await assert.rejects(fetchModel(`${uri}@prd`, options), {
        code: "store-not-found",
        message: /did you mean "prod"/,
      });
    }),
  );

  it(
    "is rechecked at the cost of one request, and changes when its alias moves",
    inStore(async () => {
      const { uri, options } = await publish("moving");
      const model = await fetchModel(`${uri}@prod`, options);
      assert.equal(await recheckModel(`${uri}@prod`, model, options), "unchanged");
      await promote(await openStore(server.uri, server.options), "moving", "prod", "v2");
      const changed = await recheckModel(`${uri}@prod`, model, options);
      assert.notEqual(changed, "unchanged");
      assert.deepEqual(changed === "unchanged" ? undefined : changed.weights, { v2: 1 });
    }),
  );

  it(
    "fetches the files that were selected, and no others",
    inStore(async () => {
      const { uri, options } = await publish("selected");
      await assert.rejects(fetchModel(`${uri}@v1`, { ...options, select: () => ["other.onnx"] }), {
        code: "model-invalid",
        message: /no file "other.onnx"; its manifest lists iris.onnx/,
      });
    }),
  );
});
