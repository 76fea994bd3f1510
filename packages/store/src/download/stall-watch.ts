import { unavailable } from "../drivers/errors.ts";

/** A slower connection counts as broken. On a network that is always slower, each request fails once. */
const SLOWEST_BYTES_PER_S = 8 * 1024;

/** Aborts a request whose body stops or becomes too slow. */
export class StallWatch {
  /** Also aborted by the outer signal. */
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #received = 0;

  constructor(what: string, stallMs: number, outer: AbortSignal) {
    const least = (SLOWEST_BYTES_PER_S * stallMs) / 1_000;
    this.signal = AbortSignal.any([outer, this.#own.signal]);
    this.#timer = setInterval(() => {
      const why = `only ${this.#received} bytes arrived in ${stallMs} ms; the connection is closed`;
      if (this.#received < least) this.#own.abort(unavailable(what, why));
      this.#received = 0;
    }, stallMs);
  }

  saw(bytes: number): void {
    this.#received += bytes;
  }

  /** Drops a reply that will not be read. */
  cancel(): void {
    this.#own.abort(new Error("not needed"));
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
