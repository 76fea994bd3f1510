/** What a command may know of the world around it, besides the packages it calls. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a person watches: progress is told on a terminal only. */
  readonly isTerminal: boolean;
  /** A line for people, on standard error. */
  note(message: string): void;
  /** Asks a person for yes or no; absent where nobody can answer. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}

/** What a command prints on standard output, and how it ends. */
export interface Outcome {
  /** With `--json`. */
  readonly json: unknown;
  /** Otherwise, without a line end. */
  readonly text: string;
  /** Default 0. */
  readonly exitCode?: 0 | 1;
}
