import type { ReadOptions, ReadResult } from "../object-store.ts";

/** What a download may ask of a driver beyond the seam; a driver that cannot tell leaves it out. */
export interface WireReadOptions extends ReadOptions {
  /** Called when the request has left this process, so that work which blocks the thread may begin. */
  readonly onSent?: (() => void) | undefined;
  /** A piece of the body may be overwritten once the next one is asked for: spares a copy of all that is read. */
  readonly reuse?: boolean | undefined;
}

export interface WireReadResult extends ReadResult {
  /** The server sent the object from its beginning although a range was asked for: parallel reads would be wasted. */
  readonly rangeless?: boolean | undefined;
}
