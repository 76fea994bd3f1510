import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isTricastError } from "@tricast/core";
import { type Aliases, type Manifest, parseManifest } from "@tricast/store/publishing";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { parseAliases } from "../../src/versions/aliases.ts";

const ajv = new Ajv2020({ strict: true, unicodeRegExp: true });
const schemaOf = (name: string) => JSON.parse(readFileSync(new URL(`../../schema/${name}`, import.meta.url), "utf8"));
const fitsModel = ajv.compile(schemaOf("model.json"));
const fitsAliases = ajv.compile(schemaOf("aliases.json"));

const MANIFEST: Manifest = {
  $schema: "https://unpkg.com/@tricast/store/schema/model.json",
  format: 1,
  name: "iris",
  version: "v7",
  created: "2026-05-01T12:00:00.000Z",
  files: [
    { path: "model.onnx", size: 10, sha256: "0".repeat(64), role: "model" },
    { path: "weights/part.bin", size: 0, sha256: "ab".repeat(32), role: "data" },
    { path: "fast.ort", size: 3, sha256: "f".repeat(64), role: "optimized" },
  ],
  entry: "model.onnx",
  framework: { name: "onnx", opset: { "ai.onnx": 17 }, irVersion: 8, producer: "pytorch 2.9" },
  inputs: [{ name: "x", datatype: "FP32", shape: ["batch", 4] }],
  outputs: [{ name: "y", datatype: "SEQUENCE<MAP<INT64,FP32>>" }],
  metrics: { accuracy: 0.97 },
  labels: { team: "ml" },
  source: { commit: "abc", repository: "https://example.com/a.git" },
  metadata: { anything: [1, { more: null }] },
  variants: [
    {
      files: ["fast.ort"],
      target: { arch: "x64", cpu: "avx512", threads: 2 },
      runtime: "onnxruntime 1.30.0",
      session: { a: 1 },
      measured: { loadMs: 3 },
    },
  ],
};

const ALIASES: Aliases = {
  $schema: "https://unpkg.com/@tricast/store/schema/aliases.json",
  format: 1,
  aliases: {
    prod: {
      target: { v7: 90, v8: 10 },
      updated: "2026-05-01T12:00:00Z",
      by: "ann",
      history: [
        { id: "a", target: "v7", at: "2026-04-01T12:00:00Z", by: "bob" },
        {
          id: "c",
          target: "v9",
          at: "2026-04-02T12:00:00Z",
          rolledBack: { id: "d", at: "2026-04-03T12:00:00Z", by: "eve" },
        },
        { id: "b", target: { v7: 90, v8: 10 }, at: "2026-05-01T12:00:00Z" },
      ],
    },
    latest: {
      target: "v8",
      updated: "2026-05-01T12:00:00Z",
      history: [{ id: "x", target: "v8", at: "2026-05-01T12:00:00Z" }],
    },
  },
  retired: ["v1"],
};

function accepts(parse: (json: string) => unknown, document: unknown): boolean {
  try {
    parse(JSON.stringify(document));
    return true;
  } catch (error) {
    assert.ok(isTricastError(error) && error.code === "model-invalid", String(error));
    return false;
  }
}

/** Every place in a JSON document, as a path. */
function placesOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, member]) => placesOf(member, [...path, key]))];
}

/** The document with something else in one place, or nothing. */
function changed(document: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(document) as Record<string | number, unknown>;
  const last = path.at(-1);
  if (last === undefined) return value ?? null;
  let holder = copy;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>;
  if (value !== undefined) holder[last] = value;
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
  return copy;
}

const value = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    1,
    -1,
    1.5,
    2 ** 53,
    "",
    "v7",
    "v01",
    "aliases.json",
    "Aliases.JSON",
    "prod",
    ".",
  ),
  fc.constantFrom<unknown>(
    "a/b",
    "/a",
    "a//b",
    "a/../b",
    "../a",
    "a/",
    "a\\b",
    "C:a",
    "model.json",
    "a/model.json",
    "Model.JSON",
    "a\nb",
  ),
  fc.constantFrom<unknown>(
    [],
    [1],
    {},
    { v1: 1 },
    { v1: 0 },
    { v1: 1.5 },
    { "": 1 },
    { a: "b" },
    { name: "x" },
    ["v1"],
    [-1],
    ["x", 3],
  ),
  fc.constantFrom<unknown>(
    "2026-05-01",
    "2026-05-01T12:00:00Z",
    "2026-05-01T12:00:00+01:00",
    "f".repeat(64),
    "F".repeat(64),
  ),
  fc.string(),
  fc.jsonValue(),
);

describe("model.json", () => {
  it("fits the published schema and its reader", () => {
    assert.ok(fitsModel(MANIFEST), JSON.stringify(fitsModel.errors));
    assert.deepEqual(parseManifest(JSON.stringify(MANIFEST)), MANIFEST);
  });

  it("is refused by its reader wherever the schema refuses it, and only there", () => {
    fc.assert(
      fc.property(fc.constantFrom(...placesOf(MANIFEST)), value, (place, wrong) => {
        const document = changed(MANIFEST, place, wrong);
        const accepted = accepts(parseManifest, document);
        // What a schema cannot say: that paths are those of files, each once.
        // And that a name is in form NFC and short in UTF-8.
        if (!accepted && ["name", "files", "entry", "variants"].includes(String(place[0])) && fitsModel(document))
          return;
        assert.equal(accepted, fitsModel(document), `${place.join("/")}: ${JSON.stringify(wrong)}`);
      }),
      { numRuns: 5000 },
    );
  });

  const refused: readonly (readonly [
    what: string,
    path: readonly (string | number)[],
    value: unknown,
    message: RegExp,
  ])[] = [
    [
      "an entry that is no file",
      ["entry"],
      "other.onnx",
      /\/entry is "other.onnx"; it must be one of the paths in files/,
    ],
    ["a path twice", ["files", 1, "path"], "model.onnx", /\/files .* names each path once/],
    ["a variant's file that is no file", ["variants", 0, "files", 0], "x.ort", /\/variants\/0\/files is "x.ort"/],
    [
      "a path out of the folder",
      ["files", 1, "path"],
      "../../etc/passwd",
      /\/files\/1\/path .* stays inside the folder/,
    ],
    ["a later format", ["format"], 2, /install a newer one/],
    ["a missing member", ["files", 0, "sha256"], undefined, /\/files\/0\/sha256 is missing/],
  ];
  for (const [what, path, wrong, message] of refused) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => parseManifest(JSON.stringify(changed(MANIFEST, path, wrong))), {
        code: "model-invalid",
        message,
      });
    });
  }

  it("is refused when it is no JSON, naming where it lies", () => {
    assert.throws(() => parseManifest("{", "s3://b/iris/v1/model.json"), {
      code: "model-invalid",
      message: /^s3:\/\/b\/iris\/v1\/model\.json cannot be used: it is not JSON/,
    });
  });
});

describe("aliases.json", () => {
  it("fits the published schema and its reader", () => {
    assert.ok(fitsAliases(ALIASES), JSON.stringify(fitsAliases.errors));
    assert.deepEqual(parseAliases(JSON.stringify(ALIASES)), ALIASES);
  });

  it("is refused by its reader wherever the schema refuses it, and only there", () => {
    fc.assert(
      fc.property(fc.constantFrom(...placesOf(ALIASES)), value, (place, wrong) => {
        const document = changed(ALIASES, place, wrong);
        assert.equal(
          accepts(parseAliases, document),
          fitsAliases(document),
          `${place.join("/")}: ${JSON.stringify(wrong)}`,
        );
      }),
      { numRuns: 5000 },
    );
  });

  it("is refused with an alias that could be a version", () => {
    const document = { ...ALIASES, aliases: { v7: ALIASES.aliases.prod } };
    assert.ok(!fitsAliases(document));
    assert.throws(() => parseAliases(JSON.stringify(document)), { code: "model-invalid" });
  });
});
