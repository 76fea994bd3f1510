import { createReadStream, statSync } from "node:fs";
import { TricastError } from "@tricast/core";
import { type Digest, digest } from "../digest.ts";
import {
  formatManifest,
  MANIFEST_SCHEMA,
  type Manifest,
  type ManifestFile,
  parseManifest,
} from "../versions/manifest.ts";
import { type LocalFile, readLocalModel } from "./model-folder.ts";
import type { PushOptions } from "./push-options.ts";

/** A local file and what the manifest will promise of it. */
export interface DraftFile extends LocalFile, Digest {
  /** Changes when somebody writes to the file. */
  readonly stamp: string;
}

/** A version that only lacks its number, and where its files are. */
export interface Draft {
  readonly manifest: Omit<Manifest, "version">;
  readonly files: readonly DraftFile[];
}

/** Reads and digests a model on this machine. */
export async function draftVersion(name: string, path: string, options: PushOptions): Promise<Draft> {
  const { files: local, metadata, ...model } = readLocalModel(path, options.describe, options.entry);
  const optimized = new Set(options.variants?.flatMap((variant) => variant.files));
  const files: DraftFile[] = [];
  for (const file of local) {
    const role = optimized.has(file.path) ? "optimized" : file.role;
    files.push(await digestFile({ ...file, ...(role === undefined ? {} : { role }) }, options.signal));
  }
  const manifest = {
    $schema: MANIFEST_SCHEMA,
    format: 1 as const,
    name,
    created: new Date().toISOString(),
    files: files.map(toManifestFile),
    ...model,
    metrics: options.metrics ?? {},
    labels: options.labels ?? {},
    ...(options.source === undefined ? {} : { source: options.source }),
    metadata: { ...metadata, ...options.metadata },
    ...(options.variants === undefined ? {} : { variants: options.variants }),
  };
  return { manifest, files };
}

/**
 * The draft with its version, as it will be read back.
 * @throws {TricastError} `model-invalid` when what the caller gave (a metric, a variant) fits no manifest.
 */
export function completeDraft({ manifest: { $schema, format, name, ...rest } }: Draft, version: string): Manifest {
  return parseManifest(
    formatManifest({ $schema, format, name, version, ...rest }),
    `the manifest of ${name}@${version}`,
  );
}

/** @throws {TricastError} `model-invalid` when the file is no longer what was digested. */
export function checkUntouched({ from, stamp }: DraftFile): void {
  if (stampOf(from) === stamp) return;
  throw new TricastError("model-invalid", `${from} was changed while it was being pushed; push it when it is complete`);
}

async function digestFile(file: LocalFile, signal: AbortSignal | undefined): Promise<DraftFile> {
  const stamp = stampOf(file.from);
  return { ...file, ...(await digest(createReadStream(file.from, { signal }))), stamp };
}

function stampOf(path: string): string {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true });
  return `${ino}-${size}-${mtimeNs}`;
}

function toManifestFile({ path, size, sha256, role }: DraftFile): ManifestFile {
  return { path, size, sha256, ...(role === undefined ? {} : { role }) };
}
