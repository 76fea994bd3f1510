import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT, repositoryFiles } from "../../scripts/check/repository.ts";
import { parseTestArguments } from "../../scripts/testing/arguments.ts";
import { readRecord, skippedLines, summaryLines } from "../../scripts/testing/record.ts";
import { selectTests } from "../../scripts/testing/select-tests.ts";
import { type Tier, tierOf } from "../../scripts/testing/tiers.ts";

const files = repositoryFiles();
const tests = files.filter((file) => file.endsWith(".test.ts"));
const select = (...args: string[]) => selectTests(args, files, ROOT, ["fast"]);

describe("the tiers of tests", () => {
  it("are known by the file name", () => {
    assert.deepEqual(["a/b.test.ts", "a/b.long.test.ts", "a/b.soak.test.ts"].map(tierOf), ["fast", "long", "soak"]);
  });

  it("hold every test file of the repository, each in one of them, and none is empty", () => {
    const filesOf = (tier: Tier) => selectTests([], files, ROOT, [tier]);
    const tiers = [filesOf("fast"), filesOf("long"), filesOf("soak")];
    assert.deepEqual(
      tiers.flatMap(({ faults }) => faults),
      [],
    );
    assert.deepEqual(tiers.flatMap((tier) => tier.files).sort(), tests);
    assert.ok(tiers[0] !== undefined && tiers[0].files.length > 200);
  });

  it("fail where they have no file", () => {
    assert.deepEqual(selectTests([], ["test/a.test.ts"], ROOT, ["soak"]), {
      files: [],
      faults: ['No test file of this command matches ".". Run them with npm test'],
    });
    assert.equal(selectTests([], [], ROOT, ["fast"]).faults.length, 1);
  });
});

describe("arguments of npm test", () => {
  it("takes folders, files and patterns, and runs each file once", () => {
    const core = select("packages/core/test").files;
    assert.ok(core.length > 10 && core.every((file) => file.startsWith("packages/core/test/")));
    for (const same of [
      "packages/core/test/",
      "./packages/core/test",
      join(ROOT, "packages", "core"),
      "packages/c*re",
    ]) {
      assert.deepEqual(select(same), { files: core, faults: [] });
    }
    const own = "test/repo/test-command.test.ts";
    assert.deepEqual(select(own, "test/repo/test-comm*.ts", "packages/core").files, [own, ...core]);
    assert.ok(select("packages/*/test").files.length > core.length);
    assert.deepEqual(select("."), select());
  });

  it("runs a file that is named whatever its tier, and of a folder the files of its own tiers", () => {
    const some = ["test/a.test.ts", "test/b.long.test.ts", "test/b/c.long.test.ts"];
    const selected = (args: string[], tiers: Tier[]) => selectTests(args, some, ROOT, tiers);
    assert.deepEqual(selected(["test/b.long.test.ts"], ["fast"]).files, ["test/b.long.test.ts"]);
    assert.deepEqual(selected(["test"], ["fast"]).files, ["test/a.test.ts"]);
    assert.deepEqual(selected(["test"], ["fast", "long"]).files, some);
    assert.deepEqual(selected(["test/b"], ["fast"]).faults, [
      'No test file of this command matches "test/b". Run them with npm run test:all',
    ]);
  });

  it("names each argument that matches nothing, and the nearest folder or file with tests", () => {
    const { faults } = select(
      "packages/cor/test",
      "packages/core/nothing/here",
      "test/repo/test-comand.test.ts",
      "zzzzzz",
    );
    assert.deepEqual(
      faults.map((fault) =>
        /^No test file matches "(.+)"\. The nearest folder or file with tests: (.+)$/.exec(fault)?.slice(1),
      ),
      [
        ["packages/cor/test", "packages/core/test"],
        ["packages/core/nothing/here", "packages/core"],
        ["test/repo/test-comand.test.ts", "test/repo/test-command.test.ts"],
        ["zzzzzz", "the root; run npm test without arguments"],
      ],
    );
  });

  it("passes unknown options on to node", () => {
    const { passedOn, named } = parseTestArguments([
      "fast",
      "--test-name-pattern=gzip",
      "packages/core",
      "--test-only",
    ]);
    assert.deepEqual(passedOn, ["--test-name-pattern=gzip", "--test-only"]);
    assert.deepEqual(named, ["packages/core"]);
  });

  it("knows which tiers each command runs, and the part of the soak", () => {
    assert.deepEqual(parseTestArguments(["fast"]).tiers, ["fast"]);
    assert.deepEqual(parseTestArguments(["all"]).tiers, ["fast", "long"]);
    assert.deepEqual(parseTestArguments(["all", "--only-long"]).tiers, ["long"]);
    const soak = parseTestArguments(["soak", "--fraction", "0.1", "--seed=7", "packages/store"]);
    assert.deepEqual(soak, {
      tiers: ["soak"],
      named: ["packages/store"],
      passedOn: [],
      soak: { fraction: 0.1, seed: 7 },
    });
    assert.deepEqual(parseTestArguments(["soak"]).soak, { fraction: 1, seed: 0 });
  });

  it("refuses an option of another command, and a part that is not one", () => {
    const refused = (...args: string[]) => assert.throws(() => parseTestArguments(args), Error, args.join(" "));
    refused("quick");
    refused("fast", "--only-long");
    refused("all", "--fraction", "0.1");
    for (const fraction of ["0", "1.1", "-1", "tenth", ""]) refused("soak", `--fraction=${fraction}`);
    for (const seed of ["-1", "1.5", "x", ""]) refused("soak", `--seed=${seed}`);
    refused("soak", "--fraction");
  });

  it("fails where one of several arguments matches nothing", () => {
    const { status, stdout, stderr } = runScript(["fast", "test/repo", "zzzzzz"]);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /"zzzzzz"/);
  });
});

describe("a run of tests", () => {
  it("shows each file when it is done, and records it with what was skipped and the coverage of matrices", () => {
    using folder = temporaryFolder();
    const soak = JSON.stringify(join(ROOT, "test/support/soak/soak-matrix.ts"));
    write(folder.path, "a", `it("works", () => {});`);
    write(folder.path, "b", `it("breaks", () => { throw new Error("wrong"); });`);
    write(folder.path, "c", `it("waits", { skip: "no tool" }, () => {});`);
    write(
      folder.path,
      "d",
      `const { soakMatrix } = await import(${soak});
       soakMatrix("letters", ["a", "b", "c"], (picked) => { for (const one of picked) it(one, () => {}); });`,
    );
    const record = join(folder.path, "record.jsonl");
    const reporter = join(ROOT, "scripts", "testing", "progress-reporter.ts");
    const env = { TRICAST_TEST_RECORD: record };
    const { stdout } = run(["--test", `--test-reporter=${reporter}`, "*.test.mjs"], folder.path, env);
    const lines = stdout.trim().split("\n");
    assert.equal(lines.length, 4);
    for (const [index, line] of lines.entries())
      assert.match(line, new RegExp(`^\\[${index + 1}/4\\] [a-d]\\.test\\.mjs \\d+\\.\\d s( FAILED)?$`));
    assert.deepEqual(lines.filter((line) => line.includes("FAILED")).length, 1);
    const recorded = readRecord(record);
    assert.deepEqual(skippedLines(recorded), ["!! NOT RUN: c.test.mjs: waits: no tool"]);
    const [matrix, title, ...slowest] = summaryLines(recorded);
    assert.deepEqual([matrix, title], ["letters: 3 of 3 cases (seed 0)", "4 files; the slowest:"]);
    assert.equal(slowest.length, 4);
  });

  it("lists no more than the ten slowest files, the slowest first", () => {
    const record = Array.from(
      { length: 12 },
      (_, index) => ({ kind: "file", file: `${index}`, ms: index * 1e3, passed: true }) as const,
    );
    const [, ...slowest] = summaryLines(record);
    assert.equal(slowest.length, 10);
    assert.deepEqual(slowest[0]?.trim(), "11.0 s  11");
  });

  it("passes with a skipped test on a laptop, and fails with CI=true", () => {
    using folder = temporaryFolder();
    const file = write(folder.path, "skipped", `it("waits", { skip: "no tool" }, () => {});`);
    const pattern = ["fast", `--import=${pathToUrl(file)}`, "test/repo/markdown-reader.test.ts"];
    const statuses = ["false", "true"].map((CI) => runScript(pattern, { CI }));
    assert.deepEqual(
      statuses.map(({ status }) => status),
      [0, 1],
      statuses.map(({ stdout, stderr }) => stdout + stderr).join("\n"),
    );
    for (const { stdout } of statuses) assert.match(stdout, /^!! NOT RUN: .*waits: no tool$/m);
  });
});

function pathToUrl(path: string): string {
  return new URL(`file://${path}`).href;
}

function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "tricast tests "));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function write(folder: string, name: string, body: string): string {
  const path = join(folder, `${name}.test.mjs`);
  writeFileSync(path, `import { it } from "node:test";\n${body}\n`);
  return path;
}

function runScript(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return run([join(ROOT, "scripts", "test.ts"), ...args], ROOT, env);
}

function run(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, TRICAST_TEST_RECORD: "", NODE_TEST_CONTEXT: undefined, ...env },
  });
}
