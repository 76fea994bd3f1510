import { createHash } from "node:crypto";
import type { Destination } from "./destination.ts";

/**
 * SHA-256 of an object whose parts arrive in any order. It is computed up to the position before which all bytes have
 * arrived. Therefore the digest is ready shortly after the last byte, without another pass over the file.
 */
export class Follower {
  readonly #hash = createHash("sha256");
  readonly #destination: Destination;
  #position = 0;
  #running: Promise<void> | undefined;

  constructor(destination: Destination) {
    this.#destination = destination;
  }

  /** Adds bytes that are in memory, if they are the next ones. */
  offer(piece: Uint8Array, position: number): void {
    if (position !== this.#position || this.#running !== undefined) return;
    this.#hash.update(piece);
    this.#position += piece.length;
  }

  /** Reads up to `front()` in the background. */
  follow(front: () => number): void {
    if (this.#running !== undefined || front() <= this.#position) return;
    this.#running = this.#read(front).finally(() => {
      this.#running = undefined;
    });
    // finish() throws the error; until then it counts as handled.
    this.#running.catch(() => {});
  }

  async finish(size: number): Promise<string> {
    await this.#running;
    await this.#read(() => size);
    return this.#hash.digest("hex");
  }

  async #read(front: () => number): Promise<void> {
    for (let end = front(); this.#position < end; end = front()) {
      const piece = await this.#destination.read(this.#position, end);
      this.#hash.update(piece);
      this.#position += piece.length;
    }
  }
}
