/** One file of an artefact. Paths are relative, with `/`, without `..`. */
export interface ArtefactFile {
  readonly path: string;
  readonly content: { readonly from: string } | { readonly bytes: Uint8Array };
  readonly executable?: boolean;
  /** What it is and why it is in the artefact, for `build.json` and `--analyze`. */
  readonly origin: string;
}

/** Files that change together, and become one layer of an image or one Lambda layer. */
export interface FileGroup {
  readonly name: "runtime" | "model" | "dependencies" | "handler";
  readonly files: readonly ArtefactFile[];
}

export type Arch = "x64" | "arm64";
/** Of an output: one architecture, or both in the index of one image. */
export type Archs = Arch | "x64+arm64";
export type Target = "aws-lambda" | "aws-lambda-image" | "azure-functions" | "cloud-functions" | "container";
