/** Large, so that a download needs few turns of the event loop. A connection holds two or three of these buffers. */
const BUFFER_BYTES = 256 * 1024;

/**
 * Buffers that a connection fills in turn while earlier data is used. Downloads of any size allocate the same few
 * buffers.
 */
export class BufferQueue {
  #current: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filled = 0;
  #taken = 0;
  /** Full buffers, and where their unread bytes begin. */
  readonly #full: { readonly buffer: Buffer; readonly from: number }[] = [];
  /** A full buffer whose last bytes are in use. */
  #lent: Buffer | undefined;
  #spare: Buffer | undefined;

  /** Space for the next bytes; never empty. */
  get free(): Buffer {
    return this.#current.subarray(this.#filled);
  }

  /** Whether reading should pause until data is taken. Data that arrives anyway is kept. */
  get crowded(): boolean {
    return this.#full.length > 0;
  }

  /** Whether all data was taken. */
  get empty(): boolean {
    return this.#full.length === 0 && this.#taken === this.#filled;
  }

  /** Call it after `bytes` of {@link free} were filled. */
  fill(bytes: number): void {
    this.#filled += bytes;
    if (this.#filled < BUFFER_BYTES) return;
    this.#full.push({ buffer: this.#current, from: this.#taken });
    this.#current = this.#spare ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#spare = undefined;
    [this.#filled, this.#taken] = [0, 0];
  }

  /** The next data in order, or `undefined`. The bytes are overwritten some time after the next call. */
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
