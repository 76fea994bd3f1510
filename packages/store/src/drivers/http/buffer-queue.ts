/** Large reads make few turns of the event loop; two or three of these are all that a connection holds. */
const BUFFER_BYTES = 256 * 1024;

/**
 * Buffers that a connection fills in turns while what it brought before is used, so that a download of any size
 * allocates the same few.
 */
export class BufferQueue {
  #current: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filled = 0;
  #taken = 0;
  /** What is left of buffers that are full. */
  readonly #full: { readonly buffer: Buffer; readonly from: number }[] = [];
  /** A full one whose last bytes are in use. */
  #lent: Buffer | undefined;
  #spare: Buffer | undefined;

  /** Where the next bytes belong; never empty. */
  get free(): Buffer {
    return this.#current.subarray(this.#filled);
  }

  /** Whether nothing more should be read before something is taken. What comes all the same is kept. */
  get crowded(): boolean {
    return this.#full.length > 0;
  }

  /** Whether all that came was taken. */
  get empty(): boolean {
    return this.#full.length === 0 && this.#taken === this.#filled;
  }

  /** `bytes` of {@link free} are filled. */
  fill(bytes: number): void {
    this.#filled += bytes;
    if (this.#filled < BUFFER_BYTES) return;
    this.#full.push({ buffer: this.#current, from: this.#taken });
    this.#current = this.#spare ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#spare = undefined;
    [this.#filled, this.#taken] = [0, 0];
  }

  /** What has come since, in order, or `undefined`. The bytes are overwritten some time after the next call. */
  take(): Buffer | undefined {
    this.#spare ??= this.#lent;
    const first = this.#full.shift();
    this.#lent = first?.buffer;
    if (first !== undefined) return first.buffer.subarray(first.from);
    if (this.#taken === this.#filled) return undefined;
    const piece = this.#current.subarray(this.#taken, this.#filled);
    this.#taken = this.#filled;
    return piece;
  }
}
