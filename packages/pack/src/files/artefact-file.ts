/** One file of an artefact. Paths are relative, with `/`, without `..`. */
export interface ArtefactFile {
  readonly path: string;
  readonly content: Content;
  readonly executable?: boolean;
  /** What the file is and why it is in the artefact, for `build.json` and `--analyze`. */
  readonly origin: string;
}

/** A file on disk, or bytes that the build makes. */
export type Content = { readonly from: string } | { readonly bytes: Uint8Array };

/** Files that change together. A group is one layer of an image, or one Lambda layer. */
export interface FileGroup {
  readonly name: "runtime" | "model" | "dependencies" | "handler";
  readonly files: readonly ArtefactFile[];
}

export function textContent(text: string): Content {
  return { bytes: Buffer.from(text) };
}

/** An indented JSON document. */
export function jsonContent(value: unknown): Content {
  return textContent(`${JSON.stringify(value, null, 2)}\n`);
}

/** The path with `/`, as in every artefact. */
export function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
