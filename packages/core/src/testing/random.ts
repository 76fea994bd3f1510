/** New in each run; `TRICAST_SEED` repeats a run. */
export const SEED = Number(process.env.TRICAST_SEED ?? Math.floor(Math.random() * 2 ** 31));

const ROUNDS = 20;

/** Runs a case with several random inputs. Its error names the seed that repeats the run. */
export async function rounds(run: (random: Random) => Promise<void>, count = ROUNDS): Promise<void> {
  for (let round = 0; round < count; round++) {
    try {
      await run(new Random(SEED + round));
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new Error(`round ${round} of TRICAST_SEED=${SEED}: ${what}`, { cause: error });
    }
  }
}

/** Values that look random, the same for the same seed. */
export class Random {
  private state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not give neighbouring values.
    this.state = Math.imul(seed + 1, 0x9e3779b1) | 0 || 1;
  }

  /** From 0 to `most`. */
  integer(most: number): number {
    return this.next() % (most + 1);
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.integer(values.length - 1)] ?? values[0];
  }

  list<T>(length: number, make: () => T): T[] {
    return Array.from({ length }, make);
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let index = 0; index < length; index++) bytes[index] = this.next();
    return bytes;
  }

  /** Any UTF-16 text, halves of pairs too. */
  text(longest = 60): string {
    return String.fromCharCode(...this.list(this.integer(longest), () => this.integer(0xffff)));
  }

  /** Letters of any script, without halves of pairs. */
  words(longest: number): string {
    return this.list(this.integer(longest), () => this.pick(LETTERS)).join("");
  }

  /** Text of the characters in `alphabet`. */
  from(alphabet: string, length: number): string {
    return this.list(length, () => alphabet[this.integer(alphabet.length - 1)]).join("");
  }

  json(depth = 3): unknown {
    const kind = this.integer(depth === 0 ? 4 : 6);
    if (kind === 0) return this.pick([null, true, false]);
    if (kind <= 2) return this.pick([0, -0, 1.5, -7, 1e21, 5e-324, 0.1 + 0.2, 2 ** 53, this.next() / 1000]);
    if (kind <= 4) return this.text(12);
    const length = this.integer(4);
    if (kind === 5) return this.list(length, () => this.json(depth - 1));
    return Object.fromEntries(this.list(length, () => [this.text(6), this.json(depth - 1)]));
  }

  /** Visible characters, and spaces between them: any value that a header may have. */
  headerValue(): string {
    const middle = this.from(PRINTABLE, this.integer(30));
    return `${this.from(VISIBLE, 1)}${middle}${this.from(VISIBLE, 1)}`;
  }

  /** `x-` and letters, digits and dashes. */
  headerName(): string {
    return `x-${this.from(TOKEN, 1 + this.integer(11))}`;
  }

  /** xorshift32 (Marsaglia, 2003): fast enough for megabytes. From 0 to 2^32 - 1. */
  private next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return this.state >>> 0;
  }
}

const PRINTABLE = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 0x20 + index));
const VISIBLE = PRINTABLE.slice(1);
const TOKEN = "abcdefghijklmnopqrstuvwxyz0123456789-";
const LETTERS = [
  "a",
  "B",
  "0",
  " ",
  "&",
  "=",
  "+",
  "%",
  "/",
  "?",
  "#",
  "'",
  '"',
  "é",
  "ß",
  "漢",
  "😀",
  "e\u0301",
] as const;
