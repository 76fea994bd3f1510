import type { Format } from "../bundle/format.ts";
import type { FileGroup } from "../files/artefact-file.ts";
import type { ModelEntry } from "../models/find-models.ts";
import type { Archs } from "../targets/arch.ts";
import type { Target } from "../targets/targets.ts";

/** `build.json`: what a build made, what is in it, and what came from where. No path of this machine and no time. */
export interface BuildManifest {
  readonly schema: 1;
  readonly predictor: string;
  readonly version: string;
  readonly target: Target;
  readonly arch: Archs;
  readonly format: Format;
  /** What to tell the platform. */
  readonly settings: Readonly<Record<string, string>>;
  readonly artefacts: readonly BuiltArtefact[];
  readonly models: readonly ModelEntry[];
  /** Where one was built. */
  readonly image?: BuiltImage | undefined;
  /** How the artefact was tried before it was written. */
  readonly tried: string;
  readonly warnings: readonly string[];
  /** Compressed bytes depend on it; those of the files do not. */
  readonly zlib: string;
  /** Digest of everything that went in: the same one means that nothing is to be done. */
  readonly inputs: string;
  /** Every other file of the folder. */
  readonly outputs: readonly OutputEntry[];
}

export interface BuiltArtefact {
  readonly file: string;
  readonly kind: "function" | "runtime-layer" | "model-layer" | "docker-context";
  /** Of the zip; of all files for a folder. */
  readonly bytes: number;
  readonly unzippedBytes: number;
  readonly files: readonly BuiltFile[];
}

export interface BuiltImage {
  /** In the output folder: that of an OCI layout, or the file of a docker-archive. */
  readonly file: string;
  /** What it was built on, as it was named. */
  readonly base: string;
  /** Of the one manifest, or of the index. */
  readonly digest: string;
  readonly platforms: readonly BuiltPlatform[];
}

export interface BuiltPlatform {
  /** Such as `linux/amd64`. */
  readonly platform: string;
  readonly digest: string;
  /** Of config and layers, compressed, the base's included. */
  readonly bytes: number;
  /** Ours: the digest of each layer's tar, which does not depend on the compressor. */
  readonly layers: readonly { readonly name: string; readonly diffId: string; readonly bytes: number }[];
}

export interface BuiltFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly group: FileGroup["name"];
  readonly origin: string;
}

export interface OutputEntry {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

export const MANIFEST = "build.json";
