import { unavailable } from "../drivers/errors.ts";

/** Slower than this is taken for a connection that only seems alive; a truly slow network loses one request by it. */
const SLOWEST_BYTES_PER_S = 8 * 1024;

/** Aborts a request whose body comes to a halt, or to a drip. */
export class StallWatch {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal;
  readonly #stop = () => this.#controller.abort(this.#outer.reason);
  #received = 0;

  constructor(what: string, stallMs: number, outer: AbortSignal) {
    const least = (SLOWEST_BYTES_PER_S * stallMs) / 1_000;
    this.#outer = outer;
    if (outer.aborted) this.#stop();
    outer.addEventListener("abort", this.#stop, { once: true });
    this.#timer = setInterval(() => {
      const why = `${this.#received} bytes came in ${stallMs} ms; the connection is given up`;
      if (this.#received < least) this.#controller.abort(unavailable(what, why));
      this.#received = 0;
    }, stallMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  saw(bytes: number): void {
    this.#received += bytes;
  }

  /** Drops a reply that nobody will read. */
  cancel(): void {
    this.#controller.abort(new Error("not needed"));
  }

  end(): void {
    clearInterval(this.#timer);
    this.#outer.removeEventListener("abort", this.#stop);
  }
}
