/** Smaller chunks are copied: a `Buffer` object takes over a hundred bytes, however few it holds. */
const LEAST_KEPT_BYTES = 4_096;
const BLOCK_BYTES = 65_536;

/** Collects the chunks of a body. A body sent byte by byte takes no more memory than one sent at once. */
export class ByteCollector {
  private chunks: Uint8Array[] = [];
  private block: Buffer | undefined;
  private used = 0;
  private total = 0;

  get size(): number {
    return this.total;
  }

  add(chunk: Uint8Array): void {
    this.total += chunk.length;
    const isFirst = this.total === chunk.length;
    if (chunk.length < LEAST_KEPT_BYTES && !isFirst) this.copy(chunk);
    else {
      this.endBlock();
      this.chunks.push(chunk);
    }
  }

  clear(): void {
    this.chunks = [];
    this.block = undefined;
    this.used = 0;
    this.total = 0;
  }

  /** All bytes, without a copy if they arrived in one chunk; `undefined` if no byte arrived. */
  concat(): Uint8Array | undefined {
    this.endBlock();
    if (this.total === 0) return undefined;
    return this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks, this.total);
  }

  private copy(chunk: Uint8Array): void {
    if (this.used + chunk.length > BLOCK_BYTES) this.endBlock();
    this.block ??= Buffer.allocUnsafe(BLOCK_BYTES);
    this.block.set(chunk, this.used);
    this.used += chunk.length;
  }

  private endBlock(): void {
    if (this.block === undefined) return;
    this.chunks.push(this.block.subarray(0, this.used));
    this.block = undefined;
    this.used = 0;
  }
}
