/** What a renderer gives: pure data, written by whoever called it. */
export interface OutputFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly text: string;
  /** For scripts. Default false. */
  readonly executable?: boolean;
}
