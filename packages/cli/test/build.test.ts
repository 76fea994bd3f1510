import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli, scratchFolder } from "./support/run-cli.ts";

const HANDLERS = fileURLToPath(new URL("../../../handlers", import.meta.url));

describe("tricast build", () => {
  it("says what it does not know, and writes nothing", async () => {
    const folder = scratchFolder();
    const cases: [readonly string[], number, RegExp][] = [
      [["build", "aws-lamda"], 2, /"aws-lamda" is not one of .*; did you mean "aws-lambda"\?/],
      [["build", "all", "--arch", "x86"], 2, /"x86" is not one of x64, arm64/],
      [["build", "all"], 1, /no folder in handlers has a predict\.ts; name the folder .* --handlers/],
      [["build", "all", "--arch", "x64,arm"], 2, /"arm" is not one of x64, arm64/],
      [["build", "container", "--handlers", HANDLERS, "--base", "scratch", "--push", "a/b"], 1, /add \{predictor\} to/],
      [["build", "all", "--handlers", HANDLERS, "--predictor", "irys"], 1, /did you mean "iris"\?/],
    ];
    for (const [args, code, message] of cases) {
      const { exitCode, stderr } = await runCli(folder, args);
      assert.equal(exitCode, code, stderr);
      assert.match(stderr, message);
    }
    assert.ok(!existsSync(join(folder, ".tricast")));
  });
});
