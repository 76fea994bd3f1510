import { now } from "../clock.ts";

/** Phases of one request in the order they ended, in milliseconds; written as a `Server-Timing` header. */
export class Phases {
  private text = "";
  private last = now();

  /** Ends the phase that began when the one before ended. */
  end(name: string): void {
    const at = now();
    this.add(name, at - this.last);
    this.last = at;
  }

  add(name: string, milliseconds: number): void {
    const metric = print(name, milliseconds);
    this.text = this.text === "" ? metric : `${this.text}, ${metric}`;
  }

  toString(): string {
    return this.text;
  }
}

/** Printing a fraction costs more than a short phase does, so the texts of the first millisecond are kept. */
const printed = new Map<string, string[]>();
const KEPT_MICROSECONDS = 1000;

function print(name: string, milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000);
  if (microseconds >= KEPT_MICROSECONDS || microseconds < 0) return `${name};dur=${microseconds / 1000}`;
  let texts = printed.get(name);
  if (texts === undefined) {
    // At its full length: an array that is filled from the middle becomes a hash table.
    texts = new Array<string>(KEPT_MICROSECONDS);
    printed.set(name, texts);
  }
  texts[microseconds] ??= `${name};dur=${microseconds / 1000}`;
  return texts[microseconds] as string;
}
