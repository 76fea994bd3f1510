import {
  arrayOf,
  type Check,
  finite,
  formatOne,
  integer,
  type Json,
  matching,
  misfit,
  parseDocument,
  record,
  recordOf,
  shape,
  text,
} from "./json-check.ts";
import { checkModelName, checkVersion, MANIFEST_FILE } from "./names.ts";

export const MANIFEST_SCHEMA = "https://unpkg.com/@tricast/store/schema/model.json";

/**
 * `model.json`: everything known about one version of a model. A version exists exactly when this object does;
 * it is written last and never changed.
 */
export interface Manifest {
  /** Where the JSON Schema of this document is published. */
  readonly $schema: string;
  readonly format: 1;
  readonly name: string;
  readonly version: string;
  /** When the version was pushed: ISO 8601, UTC. */
  readonly created: string;
  /** Every file of the version, in order of path. */
  readonly files: readonly ManifestFile[];
  /** Path of the file that is loaded; the others lie where it expects them. */
  readonly entry: string;
  /** What the entry is. Absent when push could not tell. */
  readonly framework?: Framework;
  /** What the model takes, in the graph's order. Absent when push could not tell. */
  readonly inputs?: readonly ModelValue[];
  /** What the model gives, in the graph's order. Absent when push could not tell. */
  readonly outputs?: readonly ModelValue[];
  /** Figures of the version, such as `accuracy`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Words to find the version by, such as `team`. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the model was made from. */
  readonly source?: ModelOrigin;
  /** Anything else; tricast only keeps it. */
  readonly metadata: Json;
  /** Optimised forms of the entry. Without one that fits, the entry itself is loaded. */
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
  /** `onnx` for what push reads itself. */
  readonly name: string;
  /** Operator set versions by domain; `ai.onnx` is the default domain. */
  readonly opset?: Readonly<Record<string, number>>;
  readonly irVersion?: number;
  /** The program that wrote the model, and its version: `skl2onnx 1.20.0`. */
  readonly producer?: string;
}

/** A tensor that a model takes or gives. */
export interface ModelValue {
  readonly name: string;
  /**
   * Open Inference Protocol datatype (`FP32`, `INT64`, `BYTES` ...); an element type that the protocol does not know by
   * its ONNX name in capitals (`FLOAT8E4M3FN`), and what is not a tensor by its structure (`SEQUENCE<MAP<INT64,FP32>>`).
   */
  readonly datatype: string;
  /** A string is a dimension of any size: its name, or `?`. Empty for a scalar. Absent when the rank is open. */
  readonly shape?: readonly (number | string)[];
}

export interface ModelOrigin {
  /** Commit of the source that trained or exported the model. */
  readonly commit: string;
  readonly repository?: string;
}

/**
 * One optimised form of the entry, and what it was made for. Where it was made by an optimiser, `session` are the
 * session options it must be loaded with and `measured` are the figures that it was chosen by; what stands in them is
 * the optimiser's own affair. A loader that does not fit `target` or `runtime` loads the entry instead.
 */
export interface Variant {
  /** Paths of its files, all listed in `files`; the first is the one that is loaded. */
  readonly files: readonly string[];
  readonly target: {
    /** As `process.arch`: `x64`, `arm64`. */
    readonly arch: string;
    /** The kind of processor, where the form depends on it. */
    readonly cpu?: string;
    /** Threads of the session that it was measured with. */
    readonly threads?: number;
  };
  /** The runtime and its exact version: `onnxruntime 1.30.0`. */
  readonly runtime: string;
  readonly session?: Json;
  readonly measured?: Json;
  /** Whether rows of the entry keep apart, by output, as the optimiser found; without it they share no run. */
  readonly rows?: Json;
}

/** Where the files of one version may lie: inside its folder on every system, and not in the manifest's place. */
const FILE_PATH = /^(?![Mm][Oo][Dd][Ee][Ll]\.[Jj][Ss][Oo][Nn]$)(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\\:\p{Cc}]{1,512}$/u;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

export const instant = matching(INSTANT, "a time such as 2026-05-01T12:00:00.000Z");
const filePath = matching(FILE_PATH, "a relative path with / that stays inside the folder");
const named = (name: (value: string) => string, rule: string): Check<string> => {
  return (value, pointer) => {
    try {
      return name(text(value, pointer));
    } catch {
      return misfit(pointer, value, rule);
    }
  };
};

const dimension: Check<unknown> = (value, pointer) => (typeof value === "string" ? value : integer(0)(value, pointer));
const value = shape({ name: text, datatype: text }, { shape: arrayOf(dimension) });
const file = shape(
  { path: filePath, size: integer(0), sha256: matching(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits") },
  { role: matching(/^(?:model|data|optimized)$/, "model, data or optimized") },
);
const variant = shape(
  { files: arrayOf(filePath, 1), target: shape({ arch: text }, { cpu: text, threads: integer(0) }), runtime: text },
  { session: record, measured: record, rows: record },
);

const members = shape(
  {
    $schema: text,
    name: named(checkModelName, "a model's name"),
    version: named(checkVersion, "a version"),
    created: instant,
    files: arrayOf(file, 1),
    entry: filePath,
    metrics: recordOf(finite),
    labels: recordOf(text),
    metadata: record,
  },
  {
    framework: shape({ name: text }, { opset: recordOf(integer(0)), irVersion: integer(0), producer: text }),
    inputs: arrayOf(value),
    outputs: arrayOf(value),
    source: shape({ commit: text }, { repository: text }),
    variants: arrayOf(variant),
  },
);

const manifest: Check<Manifest> = (document, pointer) => {
  formatOne(document, pointer);
  const parsed = members(document, pointer) as unknown as Manifest;
  const paths = new Set(parsed.files.map(({ path }) => path));
  if (paths.size < parsed.files.length) misfit("/files", parsed.files, "a list that names each path once");
  if (!paths.has(parsed.entry)) misfit("/entry", parsed.entry, "one of the paths in files");
  for (const [index, { files }] of (parsed.variants ?? []).entries()) {
    const stranger = files.find((path) => !paths.has(path));
    if (stranger !== undefined) misfit(`/variants/${index}/files`, stranger, "paths in files");
  }
  return parsed;
};

/**
 * @param where the manifest's URI, for messages.
 * @throws {TricastError} `model-invalid`, naming the member that is wrong.
 */
export function parseManifest(json: string, where: string = MANIFEST_FILE): Manifest {
  return parseDocument(json, where, manifest);
}

export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** Whether a file of a version may have this path. */
export function isFilePath(path: string): boolean {
  return FILE_PATH.test(path);
}
