import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT, repositoryFiles } from "../../scripts/check/repository.ts";
import { selectTests } from "../../scripts/testing/select-tests.ts";

const files = repositoryFiles();
const select = (...args: string[]) => selectTests(args, files, ROOT);

describe("npm test", () => {
  it("runs every test file without arguments", () => {
    const { files: all, faults } = select();
    const tests = files.filter((file) => file.endsWith(".test.ts"));
    assert.deepEqual([all, faults], [tests, []]);
    assert.ok(all.length > 200);
  });

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

  it("fails where one of several arguments matches nothing", () => {
    const script = join(ROOT, "scripts", "test.ts");
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, "test/repo", "zzzzzz"], {
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /"zzzzzz"/);
  });

  it("shows each file when it is done, and in the end the slowest", () => {
    const folder = mkdtempSync(join(tmpdir(), "tricast tests "));
    try {
      for (let index = 0; index < 12; index++) {
        const body = index === 3 ? 'throw new Error("wrong")' : "";
        const code = `import { it } from "node:test";\nit("works", () => { ${body} });\n`;
        writeFileSync(join(folder, `${index}.test.mjs`), code);
      }
      const reporter = join(ROOT, "scripts", "testing", "progress-reporter.ts");
      const { stdout } = spawnSync(process.execPath, ["--test", `--test-reporter=${reporter}`, "*.test.mjs"], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      });
      const [progress = "", summary = ""] = stdout.split("\n\n");
      const lines = progress.split("\n");
      assert.equal(lines.length, 12);
      for (const [index, line] of lines.entries()) {
        assert.match(line, new RegExp(`^\\[${index + 1}/12\\] \\d+\\.test\\.mjs \\d+\\.\\d s( FAILED)?$`));
      }
      assert.deepEqual(lines.filter((line) => line.includes("FAILED")).length, 1);
      assert.match(summary, /^12 files in \d+\.\d s; the slowest:\n( +\d+\.\d s {2}\d+\.test\.mjs\n){10}$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
