import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkAlias, checkModelName, checkVersion, parseReference } from "@tricast/store/publishing";
import { compareVersions } from "../../src/versions/names.ts";

function refuses(check: (text: string) => unknown, texts: readonly string[]): void {
  for (const text of texts) assert.throws(() => check(text), { code: "invalid-option" }, JSON.stringify(text));
}

describe("names", () => {
  it("of models are any text that is the name of a file", () => {
    const names = [
      "iris",
      "a",
      "7b",
      "my-model-2",
      "silero_vad",
      "Iris",
      "my model",
      "modèle",
      "a+b",
      "模型",
      "50%",
      "-a",
    ];
    for (const name of [...names, "a:b", "a#b?c=d&e", "%2e%2e", "x.onnx", "👍🏽", "a".repeat(200)])
      assert.equal(checkModelName(name), name);
    assert.equal(checkModelName("modèle".normalize("NFD")), "modèle");
    refuses(checkModelName, ["", ".", "..", ".a", "a/b", "a\\b", "a@b", "a\0", "a\nb", "a ", " a", "a.", "a\u2028b"]);
    refuses(checkModelName, ["a\u202eb", "\ud800", "\ufffd.onnx", "a".repeat(201), "模".repeat(67)]);
  });

  it("of versions stay in their folder on every system", () => {
    for (const version of ["v7", "2026-05-01", "1.0.0_rc.1", "a"]) assert.equal(checkVersion(version), version);
    refuses(checkVersion, [
      "",
      ".",
      "..",
      ".hidden",
      "a/b",
      "a\\b",
      "v1.",
      "-v",
      "aliases.json",
      "ALIASES.JSON",
      "v 1",
    ]);
  });

  it("of aliases are never those of numbered versions", () => {
    for (const alias of ["prod", "latest", "v", "v7-candidate", "canary-2"]) assert.equal(checkAlias(alias), alias);
    refuses(checkAlias, ["", "v7", "v0", "7", "Prod", "a.b", "a_b", "-a"]);
  });

  it("in references mean latest where none is given", () => {
    assert.deepEqual(parseReference("iris"), { name: "iris", at: "latest" });
    assert.deepEqual(parseReference("iris@prod"), { name: "iris", at: "prod" });
    assert.deepEqual(parseReference("iris@v7"), { name: "iris", at: "v7" });
    assert.deepEqual(parseReference("my model@prod"), { name: "my model", at: "prod" });
    refuses(parseReference, ["", "@prod", "iris@", "iris@a@b", "iris@../x", ".iris@prod"]);
  });

  it("of versions sort by number", () => {
    assert.deepEqual(
      ["v10", "b", "v9", "a", "v1"].sort(compareVersions).filter((one) => one[0] === "v"),
      ["v1", "v9", "v10"],
    );
  });
});
