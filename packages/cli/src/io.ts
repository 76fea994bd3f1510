/** The parts of the process that a command uses. */
export interface Io {
  readonly env: Env;
  /** Whether standard error is a terminal. Progress is printed there only. */
  readonly isTerminal: boolean;
  /** Writes a line for people to standard error. */
  note(message: string): void;
  /** Asks a yes-or-no question. Absent when standard input is not a terminal. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** The output of a command on standard output, and its exit code. */
export interface Outcome {
  /** Printed with `--json`. */
  readonly json: unknown;
  /** Printed without `--json`. It has no line end. */
  readonly text: string;
  /** Default 0. */
  readonly exitCode?: 0 | 1;
}

/** Writes a line of progress when standard error is a terminal. */
export function progress({ isTerminal, note }: Io, line: string): void {
  if (isTerminal) note(line);
}
