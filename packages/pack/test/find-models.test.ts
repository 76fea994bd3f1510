import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { before, describe, it } from "node:test";
import type { Logger } from "@tricast/core";
import { locate } from "../../onnx/src/locate.ts";
import { writeRecord } from "../../onnx/src/optimize/write-record.ts";
import { chooseForm, type Form } from "../../onnx/src/optimized/choose-form.ts";
import { ROW_ANALYSIS } from "../../onnx/src/optimized/record.ts";
import { times } from "../../onnx/test/execution/support/graphs.ts";
import { layOut } from "../src/files/lay-out.ts";
import { findModels, type Models } from "../src/models/find-models.ts";
import { scratch, writeFiles } from "./support/folders.ts";

const VERSION = "1.30.0";
const HERE = { arch: process.arch as "x64" | "arm64", version: VERSION };
const QUIET: Logger = { debug() {}, info() {}, warn() {}, error() {} };

const URIS = ["m.onnx", "m.ort", "m.optimized.onnx", ".", "models", "models/m.onnx", "model.onnx"];
const FILES = { "m.onnx": times(2), "m.ort": times(3), "m.optimized.onnx": times(4), "model.onnx": times(5) };
const RECORDS = [
  { form: undefined, fits: true },
  { form: "m.ort", fits: true },
  { form: "m.ort", fits: false },
  { form: "m.optimized.onnx", fits: true },
  { form: "m.optimized.onnx", fits: false },
];

/** A predictor's model and the folder that it is in. */
interface Case {
  readonly uri: string;
  readonly files: readonly string[];
  /** The optimised form of m.onnx that the record names; `undefined` for a folder without a record. */
  readonly form: string | undefined;
  /** Whether the form was made for this processor. */
  readonly fits: boolean;
}

/** A case on disk, and the answer of the run time there. */
interface Written extends Case {
  readonly folder: string;
  /** The file found, relative to the folder; `undefined` where the instance finds none. */
  readonly found: string | undefined;
  readonly opened: Opened;
}

type Opened = (Omit<Form, "file" | "original"> & { readonly file: string }) | undefined;

function subsets(names: readonly string[]): string[][] {
  return Array.from({ length: 2 ** names.length }, (_, bits) => names.filter((_name, index) => bits & (1 << index)));
}

const CASES: readonly Case[] = URIS.flatMap((uri) =>
  subsets(Object.keys(FILES)).flatMap((files) => RECORDS.map((record) => ({ uri, files, ...record }))),
);

const top = scratch();

async function write(one: Case, index: number): Promise<Written> {
  const folder = join(top, String(index));
  const models = one.uri.startsWith("models") ? join(folder, "models") : folder;
  writeFiles(models, FILES);
  if (one.form !== undefined) await writeFormRecord(models, one.form, one.fits);
  for (const name of Object.keys(FILES)) if (!one.files.includes(name)) rmSync(join(models, name));
  return { ...one, folder, found: findAtRunTime(folder, one.uri), opened: openAtRunTime(folder, one.uri) };
}

function writeFormRecord(models: string, form: string, fits: boolean): Promise<void> {
  const variant = {
    files: [form],
    target: { arch: fits ? process.arch : "s390x" },
    runtime: `onnxruntime ${VERSION}`,
    session: { graphOptimizationLevel: "disabled", config: {}, threadable: true },
    measured: {},
    rows: { analysis: ROW_ANALYSIS, outputs: { y: true } },
  } as const;
  return writeRecord(join(models, "m.tricast.json"), join(models, "m.onnx"), variant, [join(models, form)]);
}

function locateIn(folder: string, uri: string) {
  const context = { predictor: "p", model: "model", callerFolder: folder, env: {}, layerFolders: [] };
  try {
    return locate(uri, { ...context, workingFolder: join(folder, "nowhere") });
  } catch {
    return undefined;
  }
}

function findAtRunTime(folder: string, uri: string): string | undefined {
  const file = locateIn(folder, uri);
  return file && relative(folder, file.path);
}

function openAtRunTime(folder: string, uri: string): Opened {
  const located = locateIn(folder, uri);
  if (located === undefined) return undefined;
  const { file, original: _, ...form } = chooseForm(located, VERSION, QUIET);
  return { ...form, file: relative(folder, file.path) };
}

function findAtBuildTime({ folder, uri }: Written): Models {
  const project = { name: "p", folder, predictFile: join(folder, "predict.ts"), root: folder };
  return findModels({ models: [{ key: "model", uri }] }, project, HERE);
}

function text({ uri, files, form, fits }: Case): string {
  return `${uri} in [${files}]${form === undefined ? "" : `, ${form} recorded${fits ? "" : " for another processor"}`}`;
}

/** The folder has a record about the file that is found, and the form that the record names does not exist. */
function lacksForm({ files, form, fits, found }: Written): boolean {
  return form !== undefined && fits && /(^|\/)m\.onnx$/.test(found ?? "") && !files.includes(form);
}

/** The file that is found is an optimised form for another processor. */
function isMisfit({ form, fits, found }: Written): boolean {
  return form !== undefined && !fits && found?.endsWith(form) === true;
}

describe("findModels", () => {
  let cases: readonly Written[] = [];
  before(async () => {
    cases = await Promise.all(CASES.map(write));
  });

  function each(isMeant: (one: Written) => boolean): readonly Written[] {
    const found = cases.filter(isMeant);
    assert.ok(found.length >= 10, `${found.length} cases`);
    return found;
  }

  it("ships what an instance opens in the predictor's folder, and an instance opens the same in the artefact", async () => {
    for (const one of each((one) => one.found !== undefined && !lacksForm(one) && !isMisfit(one))) {
      const { entries, files } = findAtBuildTime(one);
      assert.equal(entries[0]?.path, one.found, text(one));
      const artefact = join(one.folder, "artefact");
      await layOut(artefact, [{ name: "model", files }]);
      assert.deepEqual(openAtRunTime(artefact, one.uri), one.opened, text(one));
    }
  });

  it("refuses what an instance does not find", () => {
    for (const one of each(({ found }) => found === undefined))
      assert.throws(() => findAtBuildTime(one), { code: "model-not-found" }, text(one));
  });

  it("refuses a record whose form does not exist", () => {
    for (const one of each(lacksForm)) assert.throws(() => findAtBuildTime(one), { code: "model-invalid" }, text(one));
  });

  it("ships a form for another processor without its record, and warns, where the predictor names the form", () => {
    for (const one of each((one) => isMisfit(one) && !one.uri.endsWith("m.onnx"))) {
      const { files, warnings } = findAtBuildTime(one);
      assert.deepEqual([files.map(({ path }) => path), warnings.length], [[one.found], 1], text(one));
    }
  });

  it("refuses a form for another processor in place of the original, as an instance does", () => {
    for (const one of each((one) => isMisfit(one) && one.uri.endsWith("m.onnx"))) {
      assert.throws(() => findAtBuildTime(one), { code: "model-invalid", message: /made for s390x/ }, text(one));
      assert.ok(one.opened?.misfit, text(one));
    }
  });

  it("refuses a file in place of a record, with the original and without", () => {
    const files = ["[]", '[""]', "[1]", '"m.ort"', '["m.onnx"]', '["m.ort", null]'];
    const records = files.map((list) => `{"original":{"file":"m.onnx"},"variant":{"files":${list}}}`);
    for (const content of ["{", "null", "[]", '{"format":1}', ...records]) {
      for (const names of [["m.onnx"], []]) {
        const folder = mkdtempSync(join(top, "record "));
        writeFiles(folder, Object.fromEntries(names.map((name) => [name, FILES["m.onnx"]])));
        writeFileSync(join(folder, "m.tricast.json"), content);
        const one = { uri: "m.onnx", folder } as Written;
        assert.throws(() => findAtBuildTime(one), { code: "model-invalid", message: /is not the record/ }, content);
      }
    }
  });
});
