/** Phases of one request in the order they ended, in milliseconds; written as a `Server-Timing` header. */
export class Phases {
  private text = "";
  private last: number;

  constructor() {
    this.last = performance.now();
  }

  /** Ends the phase that began when the one before ended. */
  end(name: string): void {
    const now = performance.now();
    this.add(name, now - this.last);
    this.last = now;
  }

  add(name: string, milliseconds: number): void {
    this.text += this.text === "" ? `${name};dur=${duration(milliseconds)}` : `, ${name};dur=${duration(milliseconds)}`;
  }

  toString(): string {
    return this.text;
  }
}

/** Printing a fraction costs more than a short phase does, so the texts of the first 4 ms are kept. */
const printed: string[] = [];

function duration(milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000);
  if (microseconds >= 4096 || microseconds < 0) return String(microseconds / 1000);
  printed[microseconds] ??= String(microseconds / 1000);
  return printed[microseconds] as string;
}
