import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { sep } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { hostRuntime } from "../src/host-runtime.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

describe("hostRuntime", () => {
  it("leaves Linux the runtime of the artefact", () => assert.deepEqual(hostRuntime(ROOT, "linux", "x64"), {}));

  for (const [platform, arch] of [
    ["darwin", "arm64"],
    ["win32", "x64"],
  ] as const) {
    it(`names the runtime that is installed for ${platform} on ${arch}`, () => {
      const { TRICAST_ONNXRUNTIME_BINDING: file = "" } = hostRuntime(ROOT, platform, arch);
      assert.ok(existsSync(file), `${file} is a file`);
      assert.deepEqual(file.split(sep).slice(-3), [platform, arch, "onnxruntime_binding.node"]);
    });
  }

  it("names none where there is none: for another machine, or where nothing is installed", () => {
    assert.deepEqual(hostRuntime(ROOT, "sunos", "x64"), {});
    assert.deepEqual(hostRuntime(tmpdir(), "darwin", "arm64"), {});
  });
});
