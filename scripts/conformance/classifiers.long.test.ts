import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { definePredictor } from "@tricast/core";
import { createService, parseJson } from "@tricast/core/adapter";
import { onnx } from "@tricast/onnx";
import { providePythonPackages } from "./support/python-tool.ts";

/**
 * Classifiers of scikit-learn and LightGBM, exported with the default options of their exporters, answer as Python's
 * ONNX Runtime does: a label, and a probability for each class.
 */
const HERE = fileURLToPath(new URL("./classifiers/", import.meta.url));
const BOUND_MS = 300_000;
/** A sum of 32-bit floats, whose order depends on the processor. */
const TOLERANCE = 1e-5;

interface Case {
  readonly name: string;
  readonly path: string;
  /** The label and the map. */
  readonly outputs: readonly [string, string];
  readonly feeds: Readonly<Record<string, unknown>>;
  readonly label: readonly string[];
  /** By class, for each row. */
  readonly maps: readonly Readonly<Record<string, number>>[];
}

const programs = tryProvide();
const skip = programs instanceof Error && programs.message;

describe("classifiers with a map of probabilities", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tricast-classifiers-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const cases = programs instanceof Error ? [] : exportAll(programs, folder);
  for (const { name, path, outputs, feeds, label, maps } of cases) {
    it(`answer as in Python: ${name}`, async () => {
      const service = createService(definePredictor({ name: "classifier", model: onnx(path), examples: [feeds] }));
      after(() => service.close());
      const request = { method: "POST", path: "/predict", query: "", headers: {}, body: JSON.stringify(feeds) };
      const answer = await service.handle(request, { id: "1", platform: "local", native: undefined, log: () => {} });
      const columns = parseJson(String(answer.body), true) as Record<string, readonly unknown[]>;
      const classes = Object.keys(maps[0]!);
      const [labels, map] = outputs;
      assert.deepEqual(Object.keys(columns), [labels, ...classes.map((one) => `${map}.${one}`)], String(answer.body));
      assert.deepEqual(columns[labels]?.map(String), label);
      for (const one of classes) {
        const column = columns[`${map}.${one}`] as readonly number[];
        assert.equal(column.length, maps.length);
        for (const [row, value] of column.entries()) assert.ok(Math.abs(value - maps[row]![one]!) <= TOLERANCE, one);
      }
    });
  }
});

function tryProvide(): string | Error {
  try {
    return providePythonPackages("classifiers", join(HERE, "requirements.txt"));
  } catch (error) {
    return error as Error;
  }
}

function exportAll(folderOfPrograms: string, folder: string): readonly Case[] {
  const output = execFileSync(join(folderOfPrograms, "python"), [join(HERE, "export.py"), folder], {
    timeout: BOUND_MS,
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(output.toString("utf8").trim().split("\n").at(-1) ?? "[]");
}
