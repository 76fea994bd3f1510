const FIRST_TIMEOUT_MS = 1_500;
const LONGEST_TIMEOUT_MS = 12_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Remembers that no credentials were found, for a pause that doubles each time. A metadata service runs on machines of its
 * cloud only: elsewhere its address gives no reply, and on a busy machine the reply may be late. So each further attempt
 * waits longer, and the pause never lasts for ever.
 */
export class Absence {
  private until = 0;
  private failures = 0;
  private why: string | undefined;

  /** Whether the sources need not be asked now. */
  get lasts(): boolean {
    return Date.now() < this.until;
  }

  /** What was asked and how long, for the error of a request that was sent without credentials. */
  get reason(): string | undefined {
    return this.why;
  }

  /** Milliseconds to wait for the reply of a metadata service. */
  get timeoutMs(): number {
    return Math.min(LONGEST_TIMEOUT_MS, FIRST_TIMEOUT_MS * 2 ** this.failures);
  }

  begin(why: string): void {
    this.until = Date.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures);
    this.failures++;
    this.why = why;
  }

  end(): void {
    this.until = 0;
    this.failures = 0;
    this.why = undefined;
  }
}

/** A function for credentials that may be absent. */
export interface Identify<T> {
  (): Promise<T>;
  /** Why the last call found no credentials. */
  readonly absence: string | undefined;
}

export function withAbsence<T>(identify: () => Promise<T>, absence: Absence | undefined): Identify<T> {
  return Object.defineProperty(() => identify(), "absence", { get: () => absence?.reason }) as Identify<T>;
}
