import { isVersionName } from "@tricast/core/adapter";
import * as v from "./json-check.ts";
import { isModelName, MANIFEST_FILE } from "./names.ts";

export const MANIFEST_SCHEMA = "https://unpkg.com/@tricast/store/schema/model.json";

/**
 * `model.json`: all information about one version of a model. The object is written last and never changed. A version
 * exists if its `model.json` exists.
 */
export interface Manifest {
  /** URL of the JSON Schema of this document. */
  readonly $schema: string;
  readonly format: 1;
  readonly name: string;
  readonly version: string;
  /** When the version was pushed: ISO 8601, UTC. */
  readonly created: string;
  /** Every file of the version, in order of path. */
  readonly files: readonly ManifestFile[];
  /** Path of the file that is loaded. The others have the paths that it refers to. */
  readonly entry: string;
  /** The kind of the entry. Absent if push cannot read this kind of file. */
  readonly framework?: Framework;
  /** Inputs in the graph's order. Absent if push cannot read this kind of file. */
  readonly inputs?: readonly ModelValue[];
  /** Outputs in the graph's order. Absent if push cannot read this kind of file. */
  readonly outputs?: readonly ModelValue[];
  /** Figures of the version, such as `accuracy`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Labels for finding the version, such as `team`. */
  readonly labels: Readonly<Record<string, string>>;
  /** The source code of the model. */
  readonly source?: ModelOrigin;
  /** Any other data. tricast stores it and does not use it. */
  readonly metadata: v.Json;
  /** Optimised forms of the entry. If no form fits the machine, the entry itself is loaded. */
  readonly variants?: readonly Variant[];
}

export interface ManifestFile {
  /** Relative to the version's folder, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the bytes, as 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** `model`: the entry. `data`: weights that the entry refers to. `optimized`: belongs to a variant. */
  readonly role?: "model" | "data" | "optimized";
}

export interface Framework {
  /** `onnx` for files that push reads itself. */
  readonly name: string;
  /** Operator set versions by domain; `ai.onnx` is the default domain. */
  readonly opset?: Readonly<Record<string, number>>;
  readonly irVersion?: number;
  /** The program that wrote the model, and its version: `skl2onnx 1.20.0`. */
  readonly producer?: string;
}

/** An input or output of a model. */
export interface ModelValue {
  readonly name: string;
  /**
   * Open Inference Protocol datatype (`FP32`, `INT64`, `BYTES` ...). An element type that the protocol does not define has
   * its ONNX name in capitals (`FLOAT8E4M3FN`). A value that is not a tensor has its structure (`SEQUENCE<MAP<INT64,FP32>>`).
   */
  readonly datatype: string;
  /** A string is a dimension of any size: its name, or `?`. Empty for a scalar. Absent if the rank is unknown. */
  readonly shape?: readonly (number | string)[];
}

export interface ModelOrigin {
  /** Commit of the source that trained or exported the model. */
  readonly commit: string;
  readonly repository?: string;
}

/**
 * One optimised form of the entry, and the machines and runtime that it fits. Other loaders load the entry instead. An
 * optimiser writes `session`, the session options that the form needs, and `measured`, the figures for which it was
 * chosen. The optimiser defines the content of both.
 */
export interface Variant {
  /** Paths of its files, all listed in `files`. The first file is loaded. */
  readonly files: readonly string[];
  readonly target: {
    /** As `process.arch`: `x64`, `arm64`. */
    readonly arch: string;
    /** The kind of processor, if the form depends on it. */
    readonly cpu?: string;
    /** Threads of the session in which it was measured. */
    readonly threads?: number;
  };
  /** The runtime and its exact version: `onnxruntime 1.30.0`. */
  readonly runtime: string;
  readonly session?: v.Json;
  readonly measured?: v.Json;
  /** Whether rows of the entry are independent, by output, as the optimiser found. If absent, requests do not share a run. */
  readonly rows?: v.Json;
}

/** Paths that every system accepts inside the version's folder, except that of the manifest. */
const FILE_PATH = /^(?![Mm][Oo][Dd][Ee][Ll]\.[Jj][Ss][Oo][Nn]$)(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\\:\p{Cc}]{1,512}$/u;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

export const instant = v.matching(INSTANT, "a time such as 2026-05-01T12:00:00.000Z");
const filePath = v.matching(FILE_PATH, "a relative path with / that stays inside the folder");
export const version = v.textThat(isVersionName, "a version");

const dimension: v.Check<unknown> = (value, pointer) =>
  typeof value === "string" ? value : v.integer(0)(value, pointer);
const value = v.shape({ name: v.text, datatype: v.text }, { shape: v.arrayOf(dimension) });
const file = v.shape(
  { path: filePath, size: v.integer(0), sha256: v.matching(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits") },
  { role: v.matching(/^(?:model|data|optimized)$/, "model, data or optimized") },
);
const variant = v.shape(
  {
    files: v.arrayOf(filePath, 1),
    target: v.shape({ arch: v.text }, { cpu: v.text, threads: v.integer(0) }),
    runtime: v.text,
  },
  { session: v.record, measured: v.record, rows: v.record },
);

const members = v.shape(
  {
    $schema: v.text,
    name: v.textThat(isModelName, "a model's name"),
    version,
    created: instant,
    files: v.arrayOf(file, 1),
    entry: filePath,
    metrics: v.recordOf(v.finite),
    labels: v.recordOf(v.text),
    metadata: v.record,
  },
  {
    framework: v.shape(
      { name: v.text },
      { opset: v.recordOf(v.integer(0)), irVersion: v.integer(0), producer: v.text },
    ),
    inputs: v.arrayOf(value),
    outputs: v.arrayOf(value),
    source: v.shape({ commit: v.text }, { repository: v.text }),
    variants: v.arrayOf(variant),
  },
);

const manifest: v.Check<Manifest> = (document, pointer) => {
  v.formatOne(document, pointer);
  const parsed = members(document, pointer) as unknown as Manifest;
  const paths = new Set(parsed.files.map(({ path }) => path));
  if (paths.size < parsed.files.length) v.misfit("/files", parsed.files, "a list that names each path once");
  if (!paths.has(parsed.entry)) v.misfit("/entry", parsed.entry, "one of the paths in files");
  for (const [index, { files }] of (parsed.variants ?? []).entries()) {
    const stranger = files.find((path) => !paths.has(path));
    if (stranger !== undefined) v.misfit(`/variants/${index}/files`, stranger, "paths in files");
  }
  return parsed;
};

/**
 * @param where the manifest's URI, for messages.
 * @throws {TricastError} `model-invalid`, naming the first member that is not valid.
 */
export function parseManifest(json: string, where: string = MANIFEST_FILE): Manifest {
  return v.parseDocument(json, where, manifest);
}

export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Whether a file of a version may have this path. */
export function isFilePath(path: string): boolean {
  return FILE_PATH.test(path);
}
