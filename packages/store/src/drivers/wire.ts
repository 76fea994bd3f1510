import type { ReadOptions, ReadResult } from "../object-store.ts";

/** Options that a download passes to a driver in addition to those of `ObjectStore`. A driver may ignore them. */
export interface WireReadOptions extends ReadOptions {
  /** Called when the request has been sent. Then the caller can block the thread. */
  readonly onSent?: (() => void) | undefined;
  /** A piece of the body may be overwritten when the next piece is read, which avoids a copy of all bytes. */
  readonly reuse?: boolean | undefined;
}

export interface WireReadResult extends ReadResult {
  /** The server ignored the range and sent the whole object, so parallel reads are useless. */
  readonly rangeless?: boolean | undefined;
}
