/** Memory that all requests share, in bytes. */
export class Memory {
  readonly total: number;
  private taken = 0;

  constructor(total: number) {
    this.total = total;
  }

  get used(): number {
    return this.taken;
  }

  /** False if so much is not free. {@link Memory.give} returns what was taken. */
  take(bytes: number): boolean {
    if (this.taken + bytes > this.total) return false;
    this.taken += bytes;
    return true;
  }

  give(bytes: number): void {
    this.taken -= bytes;
  }
}
