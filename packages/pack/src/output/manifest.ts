import type { Format } from "../bundle/format.ts";
import type { FileGroup } from "../files/artefact-file.ts";
import type { Fingerprint } from "../files/content.ts";
import type { ModelEntry } from "../models/find-models.ts";
import type { Archs } from "../targets/arch.ts";
import type { Target } from "../targets/targets.ts";

/** `build.json`: the artefacts of a build, with their files and the origin of each. It has no path of this machine and no time. */
export interface BuildManifest {
  readonly schema: 1;
  readonly predictor: string;
  readonly version: string;
  readonly target: Target;
  readonly arch: Archs;
  readonly format: Format;
  /** Settings for the platform. */
  readonly settings: Readonly<Record<string, string>>;
  readonly artefacts: readonly BuiltArtefact[];
  readonly models: readonly ModelEntry[];
  /** Absent where no image was built. */
  readonly image?: BuiltImage | undefined;
  /** How the artefact was tried before it was written. */
  readonly tried: string;
  readonly warnings: readonly string[];
  /** The version of zlib. The compressed bytes depend on it. */
  readonly zlib: string;
  /** Digest of all inputs. With an equal digest, nothing is built again. */
  readonly inputs: string;
  /** The other files of the folder. */
  readonly outputs: readonly OutputEntry[];
}

export interface BuiltArtefact {
  readonly file: string;
  readonly kind: "function" | "runtime-layer" | "model-layer" | "docker-context";
  /** Of the zip; for a folder, of all files. */
  readonly bytes: number;
  readonly unzippedBytes: number;
  readonly files: readonly BuiltFile[];
}

export interface BuiltImage {
  /** In the output folder: the folder of an OCI layout, or the file of a docker-archive. */
  readonly file: string;
  /** The base, as the user named it. */
  readonly base: string;
  /** Of the index, or for one platform of its manifest. */
  readonly digest: string;
  readonly platforms: readonly BuiltPlatform[];
}

export interface BuiltPlatform {
  /** Such as `linux/amd64`. */
  readonly platform: string;
  readonly digest: string;
  /** Of config and layers, compressed, with the base's layers. */
  readonly bytes: number;
  /** The layers above the base. The digest of a layer's tar does not depend on the compressor. */
  readonly layers: readonly { readonly name: string; readonly diffId: string; readonly bytes: number }[];
}

export interface BuiltFile extends Fingerprint {
  readonly path: string;
  readonly group: FileGroup["name"];
  readonly origin: string;
}

export interface OutputEntry extends Fingerprint {
  readonly file: string;
}

export const MANIFEST = "build.json";
