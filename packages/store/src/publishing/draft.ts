import { statSync } from "node:fs";
import { TricastError } from "@tricast/core";
import { type Digest, digestFile } from "../digest.ts";
import { formatManifest, MANIFEST_SCHEMA, type Manifest, parseManifest } from "../versions/manifest.ts";
import { type LocalFile, readLocalModel } from "./model-folder.ts";
import type { PushOptions } from "./push-options.ts";

/** A local file, with its size and digest for the manifest. */
export interface DraftFile extends LocalFile, Digest {
  /** Changes whenever the file is written. */
  readonly stamp: string;
}

/** A version without its number, and its local files. */
export interface Draft {
  readonly manifest: Omit<Manifest, "version">;
  readonly files: readonly DraftFile[];
}

/** Reads a model on this machine and computes its digests. */
export async function draftVersion(name: string, path: string, options: PushOptions): Promise<Draft> {
  const { files: local, metadata, ...model } = readLocalModel(path, options);
  const optimized = new Set(options.variants?.flatMap((variant) => variant.files));
  const files: DraftFile[] = [];
  for (const file of local) {
    const role = optimized.has(file.path) ? "optimized" : file.role;
    const stamp = stampOf(file.from);
    const found = await digestFile(file.from, options.signal);
    files.push({ ...file, ...(role && { role }), ...found, stamp });
  }
  const manifest = {
    $schema: MANIFEST_SCHEMA,
    format: 1 as const,
    name,
    created: new Date().toISOString(),
    files: files.map(({ path, size, sha256, role }) => ({ path, size, sha256, ...(role && { role }) })),
    ...model,
    metrics: options.metrics ?? {},
    labels: options.labels ?? {},
    ...(options.source && { source: options.source }),
    metadata: { ...metadata, ...options.metadata },
    ...(options.variants && { variants: options.variants }),
  };
  return { manifest, files };
}

/**
 * The manifest of the draft with its version.
 * @throws {TricastError} `model-invalid` if an option of the caller (a metric, a variant) is not valid in a manifest.
 */
export function completeDraft({ manifest: { $schema, format, name, ...rest } }: Draft, version: string): Manifest {
  const json = formatManifest({ $schema, format, name, version, ...rest });
  return parseManifest(json, `the manifest of ${name}@${version}`);
}

/** @throws {TricastError} `model-invalid` if the file has changed since its digest was computed. */
export function checkUntouched({ from, stamp }: DraftFile): void {
  if (stampOf(from) === stamp) return;
  throw new TricastError("model-invalid", `${from} was changed during the push; push it when it is complete`);
}

function stampOf(path: string): string {
  const { ino, size, mtimeNs } = statSync(path, { bigint: true });
  return `${ino}-${size}-${mtimeNs}`;
}
