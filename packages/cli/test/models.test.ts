import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { parseManifest } from "@tricast/store/publishing";
import { classifier } from "../../onnx/test/support/classifier.ts";
import { type Finished, runCli, runProcess, scratchFolder, steady } from "./support/run-cli.ts";

const IRIS = join(import.meta.dirname, "..", "..", "..", "handlers", "iris", "iris.onnx");
const folder = scratchFolder();
const ENV = { TRICAST_STORE: "./models", TRICAST_BY: "ann" };

async function tricast(line: string): Promise<Finished> {
  const { stdout, stderr, exitCode } = await runCli(folder, line.split(" "), ENV);
  return { exitCode, stdout: steady(stdout, folder), stderr: steady(stderr, folder) };
}

/** The line succeeds, prints exactly this, and nothing on standard error. */
async function prints(line: string, ...lines: readonly string[]): Promise<void> {
  assert.deepEqual(await tricast(line), { exitCode: 0, stdout: `${lines.join("\n")}\n`, stderr: "" });
}

async function printsJson(line: string, check: (document: never) => void): Promise<void> {
  const { exitCode, stdout, stderr } = await tricast(`${line} --json`);
  assert.deepEqual([exitCode, stderr], [0, ""], stdout);
  check(JSON.parse(stdout) as never);
}

/** The line fails so, and with `--json` says the same on standard output. */
async function fails(line: string, exitCode: 1 | 2, code: string, message: RegExp): Promise<void> {
  const text = await tricast(line);
  assert.deepEqual([text.exitCode, text.stdout], [exitCode, ""]);
  const [, printed = "", reason = ""] = /^error ([a-z-]+): (.*)\n/.exec(text.stderr) ?? [];
  assert.equal(printed, code, text.stderr);
  assert.match(reason, message);
  const json = await tricast(`${line} --json`);
  assert.equal(json.exitCode, exitCode);
  assert.deepEqual(JSON.parse(json.stdout), { error: { code, message: reason } });
  assert.equal(json.stderr, text.stderr);
}

before(() => {
  copyFileSync(IRIS, join(folder, "iris.onnx"));
  writeFileSync(join(folder, "broken.onnx"), "hello");
  mkdirSync(join(folder, "empty"));
});

// In order: each goes on from the store that the one before left.
describe("tricast models", () => {
  it("list says that an empty store is empty, and as a process of its own prints the same", async () => {
    const { stdout, stderr, exitCode } = await runProcess(folder, ["models", "list"], ENV);
    assert.deepEqual([steady(stdout, folder), stderr, exitCode], ["FOLDER/models has no models\n", "", 0]);
    await prints("models list", "FOLDER/models has no models");
    await printsJson("models list", (document) => assert.deepEqual(document, { models: [] }));
  });

  it("push stores a version, promotes aliases to it, and describes it with --json", async () => {
    await prints(
      "models push iris iris.onnx --alias staging --metric accuracy=0.97 --label team=ml --commit abc123 --repository https://user:token@example.com/a.git",
      "Pushed iris@v1",
      "iris@staging is v1",
    );
    await printsJson("models push iris iris.onnx --metadata note=[1,2] --metadata who=me", (document) => {
      const { created, aliases, manifest } = document as Record<string, unknown>;
      assert.deepEqual([created, aliases], [true, []]);
      const { version, metadata, inputs } = manifest as Record<string, unknown>;
      assert.deepEqual([version, metadata], ["v2", { note: [1, 2], who: "me" }]);
      assert.deepEqual(inputs, [{ name: "features", datatype: "FP32", shape: ["?", 4] }]);
    });
    const written = parseManifest(readFileSync(join(folder, "models", "iris", "v1", "model.json"), "utf8"));
    assert.deepEqual(written.source, { commit: "abc123", repository: "https://example.com/a.git" });
    assert.deepEqual([written.metrics, written.labels], [{ accuracy: 0.97 }, { team: "ml" }]);
  });

  it("push of the same content under the same version changes nothing", async () => {
    await prints("models push iris iris.onnx --version v9 --no-latest", "Pushed iris@v9");
    await prints("models push iris iris.onnx --version v9 --no-latest", "iris@v9 already exists with this content");
    await fails("models push iris iris.onnx --version v9 --metric a=1", 1, "store-conflict", /versions never change/);
  });

  it("push takes the commit that is checked out", async () => {
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
        cwd: join(folder, "repository"),
        encoding: "utf8",
      });
    mkdirSync(join(folder, "repository"));
    git("init", "-q");
    git("commit", "-q", "--allow-empty", "-m", "first");
    git("remote", "add", "origin", "https://token@example.com/a.git");
    const { exitCode, stderr } = await runCli(join(folder, "repository"), ["models", "push", "other", "../iris.onnx"], {
      TRICAST_STORE: "../models",
    });
    assert.deepEqual([exitCode, stderr], [0, ""]);
    const { source } = parseManifest(readFileSync(join(folder, "models", "other", "v1", "model.json"), "utf8"));
    assert.deepEqual(source, { commit: git("rev-parse", "HEAD").trim(), repository: "https://example.com/a.git" });
  });

  it("push names what is wrong with a model", async () => {
    await fails("models push iris nothing.onnx", 1, "model-not-found", /nothing\.onnx cannot be read \(ENOENT\)/);
    await fails("models push iris broken.onnx", 1, "model-invalid", /is not an ONNX model/);
    await fails("models push iris empty", 1, "invalid-option", /no \.onnx file/);
    await fails("models push iris /dev/zero", 1, "invalid-option", /a device, a pipe or a socket/);
    await fails(
      "models push a/b iris.onnx",
      2,
      "invalid-option",
      /NAME: "a\/b" is not a model's name: it contains a slash/,
    );
  });

  it("push refuses a file that is not a model, and moves nothing, unless any kind is wanted", async () => {
    writeFileSync(join(folder, "m.pkl"), "18 bytes of a text");
    await fails("models push silero_vad m.pkl", 1, "model-invalid", /not a model of a known kind/);
    await prints("models list silero_vad", "FOLDER/models has no versions of silero_vad");
    await prints("models push silero_vad iris.onnx", "Pushed silero_vad@v1");
    await fails("models push silero_vad m.pkl", 1, "model-invalid", /not a model of a known kind/);
    await printsJson("models show silero_vad", ({ manifest }: { manifest: { version: string } }) =>
      assert.equal(manifest.version, "v1"),
    );
    await prints("models push silero_vad m.pkl --any-kind", "Pushed silero_vad@v2");
    rmSync(join(folder, "models", "silero_vad"), { recursive: true });
  });

  it("promote moves an alias to a version, to another alias' target, or to several by weight", async () => {
    await prints("models promote iris prod v1", "iris@prod is v1");
    await prints("models promote iris canary v1=90 v2=10", "iris@canary is v1=90 v2=10");
    await prints("models promote iris prod latest", "iris@prod is v2");
    await printsJson("models promote iris staging canary --by bob", (document) => {
      const { name, alias, target, by, history } = document as Record<string, never>;
      assert.deepEqual(
        { name, alias, target, by },
        { name: "iris", alias: "staging", target: { v1: 90, v2: 10 }, by: "bob" },
      );
      assert.deepEqual(history, [
        { id: "CHANGE", target: "v1", at: "INSTANT", by: "ann" },
        { id: "CHANGE", target: { v1: 90, v2: 10 }, at: "INSTANT", by: "bob" },
      ]);
    });
  });

  it("promote refuses what does not exist, and weights that are none", async () => {
    await fails("models promote iris prod v77", 1, "store-not-found", /no version v77 of iris/);
    await fails(
      "models promote iris prod v1=0",
      2,
      "invalid-option",
      /TARGET: "0" is not a whole number of at least 1/,
    );
    await fails("models promote iris prod v1=1 v1=2", 2, "invalid-option", /v1 has two weights/);
    await fails("models promote iris prod v1 v2", 2, "invalid-option", /v1 has no weight, .*; write v1=WEIGHT/);
    await fails("models promote iris v1 v2", 2, "invalid-option", /ALIAS: "v1" is not an alias/);
  });

  it("list shows models, and versions with their aliases", async () => {
    await prints(
      "models list",
      "MODEL  VERSIONS  ALIASES                                                   SIZE",
      "iris   3         latest:v2 staging:v1=90,v2=10 prod:v2 canary:v1=90,v2=10  191 kB",
      "other  1         latest:v1                                                 63.6 kB",
    );
  });

  it("list shows the versions of one model", async () => {
    await prints(
      "models list iris",
      "VERSION  CREATED           SIZE     ALIASES                             METRICS",
      "v9       2026-05-01 12:00  62.5 kB",
      "v2       2026-05-01 12:00  62.5 kB  latest staging:10% prod canary:10%",
      "v1       2026-05-01 12:00  62.5 kB  staging:90% canary:90%              accuracy=0.97",
    );
    await printsJson("models list iris", (document) => {
      const { name, versions } = document as {
        name: string;
        versions: { version: string; bytes: number; aliases: string[] }[];
      };
      assert.equal(name, "iris");
      assert.deepEqual(
        versions.map(({ version }) => version),
        ["v9", "v2", "v1"],
      );
      assert.deepEqual([versions[2]?.bytes, versions[2]?.aliases], [62513, ["staging:90%", "canary:90%"]]);
    });
    await prints("models list nothing", "FOLDER/models has no versions of nothing");
  });

  it("show tells everything about a version", async () => {
    const lines = [
      "model      iris@v1",
      "aliases    staging:90% canary:90%",
      "created    INSTANT",
      "entry      iris.onnx",
      "framework  onnx, opset ai.onnx.ml=1 ai.onnx=18, IR 8, skl2onnx 1.20.0",
      "source     abc123 https://example.com/a.git",
      "metrics    accuracy=0.97",
      "labels     team=ml",
      "input      features  FP32 [?, 4]",
      "output     label  BYTES [?]",
      "output     probabilities  FP32 [?, 3]",
    ];
    const { exitCode, stdout } = await tricast("models show iris@v1");
    assert.equal(exitCode, 0);
    assert.deepEqual(stdout.split("\n").slice(0, -2), lines);
    assert.match(stdout.split("\n").at(-2) ?? "", /^file {7}iris\.onnx {2}62\.5 kB {2}sha256 [0-9a-f]{64}$/);
    await printsJson("models show iris@prod", (document) => {
      const { aliases, manifest } = document as { aliases: string[]; manifest: { version: string } };
      assert.deepEqual([manifest.version, aliases], ["v2", ["latest", "staging:10%", "prod", "canary:10%"]]);
    });
  });

  it("show refuses to guess", async () => {
    await fails(
      "models show iris@canary",
      1,
      "invalid-option",
      /points to v1=90 v2=10; name one of them: iris@v1 or iris@v2/,
    );
    await fails("models show iris@prdo", 1, "store-not-found", /did you mean "prod"\?/);
    await fails("models show nothing", 1, "store-not-found", /no alias or version "latest" of a model "nothing"/);
  });

  it("pull copies a version", async () => {
    await prints("models pull iris@prod copy/iris", "Pulled iris@v2 into copy/iris");
    await prints("models pull iris@prod copy/iris", "copy/iris already has iris@v2");
    assert.deepEqual(readFileSync(join(folder, "copy", "iris", "iris.onnx")), readFileSync(IRIS));
    await printsJson("models pull iris@canary --key user-1", (document) => {
      const { folder, downloaded, manifest } = document as {
        folder: string;
        downloaded: boolean;
        manifest: { version: string };
      };
      assert.deepEqual([folder, downloaded, manifest.version], ["FOLDER/iris", true, "v1"]);
    });
    await fails("models pull iris@v9 copy/iris", 1, "invalid-option", /--replace/);
    await prints("models pull iris@v9 copy/iris --replace", "Pulled iris@v9 into copy/iris");
  });

  it("rollback goes back along the history, further each time", async () => {
    await prints("models rollback iris prod", "iris@prod is v1 again");
    await fails("models rollback iris prod", 1, "store-not-found", /has no target before v1/);
    await fails("models rollback iris nothing", 1, "store-not-found", /no alias nothing of iris/);
    await printsJson("models rollback iris staging --by eve", (document) => {
      const { target, by, history } = document as { target: string; by: string; history: object[] };
      assert.deepEqual([target, by], ["v1", "eve"]);
      assert.deepEqual(history[1], {
        id: "CHANGE",
        target: { v1: 90, v2: 10 },
        at: "INSTANT",
        by: "bob",
        rolledBack: { id: "CHANGE", at: "INSTANT", by: "eve" },
      });
    });
  });

  it("verify reads all again, and fails naming each bad file", async () => {
    await prints("models verify iris@v1", "FILE       STATE", "iris.onnx  ok", "iris@v1 matches its manifest");
    writeFileSync(join(folder, "models", "iris", "v9", "iris.onnx"), "damaged");
    const { exitCode, stdout } = await tricast("models verify iris@v9");
    assert.deepEqual(
      [exitCode, stdout],
      [1, "FILE       STATE\niris.onnx  has 7 bytes; the manifest says 62513\niris@v9 has 1 bad of 1 files\n"],
    );
    const json = await tricast("models verify iris@v9 --json");
    assert.equal(json.exitCode, 1);
    assert.deepEqual(JSON.parse(json.stdout), {
      name: "iris",
      version: "v9",
      ok: false,
      files: [{ path: "iris.onnx", ok: false, problem: "has 7 bytes; the manifest says 62513" }],
    });
    await fails("models pull iris@v9 damaged", 1, "digest-mismatch", /has 7 bytes; the manifest says 62513/);
  });

  it("prune shows what would go, and deletes it with --yes", async () => {
    mkdirSync(join(folder, "models", "iris", "v20"));
    writeFileSync(join(folder, "models", "iris", "v20", "iris.onnx"), "left by a push that was killed");
    await prints("models promote iris canary v2", "iris@canary is v2");
    await prints("models promote iris prod v2", "iris@prod is v2");
    await prints("models promote iris staging v2", "iris@staging is v2");
    const table = (...rows: string[]) => ["VERSION  FILES  SIZE     REASON", ...rows];
    const old = "iris@v1  2      63.6 kB  old, and without an alias";
    await prints(
      "models prune --keep 1 --keep-history 1",
      ...table(old, "63.6 kB would be deleted; run with --yes to delete"),
    );
    await printsJson("models prune iris --keep 1 --keep-history 1 --unfinished-after 0", (document) => {
      const { deleted, items } = document as { deleted: boolean; items: { version: string; reason: string }[] };
      assert.equal(deleted, false);
      assert.deepEqual(
        items.map(({ version, reason }) => [version, reason]),
        [
          ["v1", "old"],
          ["v20", "unfinished"],
        ],
      );
    });
    await prints("models prune --keep 1 --keep-history 1 --yes", ...table(old, "Deleted 63.6 kB"));
    await prints("models prune --keep 1 --keep-history 1 --yes", "Nothing to delete");
    await fails("models show iris@v1", 1, "store-not-found", /iris\/v1\/model\.json does not exist/);
    await fails("models prune --keep 0", 2, "invalid-option", /--keep: "0" is not a whole number of at least 1/);
  });
});

describe("tricast models push of graphs without code", () => {
  it("push names the outputs that a server without code leaves out", async () => {
    writeFileSync(join(folder, "twice.onnx"), classifier(["a", "a"]));
    const note = "not served without code: output probabilities (SEQUENCE<MAP<BYTES,FP32>>)";
    await prints("models push twice twice.onnx --store ./others", "Pushed twice@v1", note);
    writeFileSync(join(folder, "classes.onnx"), classifier(["a", "b"]));
    await prints("models push classes classes.onnx --store ./others", "Pushed classes@v1");
  });
});
