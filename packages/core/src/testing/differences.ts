/** A change that the platform itself makes and no adapter can undo: the reason, and what the suite expects instead. */
export interface Difference<Expected> {
  /** The platform's rule. */
  readonly because: string;
  readonly expect: Expected;
}

/**
 * Where a platform differs from the seam's own rules. If a member is missing, its rule holds exactly. A member that
 * changes nothing fails the suite.
 */
export interface Differences {
  /** Rule: the path as sent, percent-encoding included. */
  readonly path?: Difference<(sent: string) => string>;
  /** Rule: the query as sent. */
  readonly query?: Difference<(sent: string) => string>;
  /** Rule: repeated request headers are joined with `", "`. */
  readonly repeatedHeader?: Difference<(values: readonly string[]) => string>;
  /** Rule: several `Cookie` lines are joined with `"; "`. */
  readonly cookieLines?: Difference<(lines: readonly string[]) => string>;
  /** Rule: the body's bytes, unchanged. This is about JSON that is not UTF-8. */
  readonly textBody?: Difference<(sent: Uint8Array) => Uint8Array>;
  /** Rule: a `Set-Cookie` exactly as the predictor wrote it. Applied to both sides before they are compared. */
  readonly setCookie?: Difference<(line: string) => string>;
  /** Rule: a repeated response header is sent once per value. */
  readonly repeatedReplyHeader?: Difference<(values: readonly string[]) => readonly string[]>;
  /** Rule: a response counts as many bytes as its body. */
  readonly replySize?: Difference<ReplySize>;
}

/** How a platform counts the bytes of a response against `replyBytes`. */
export interface ReplySize {
  /** Bytes counted for each byte of a binary body, at least: 4 / 3 where it is carried as base64. */
  readonly perByte: number;
  /** Bytes counted for status, headers and punctuation, at most. */
  readonly envelopeBytes: number;
}

export const DIFFERENCE_NAMES: readonly string[] = [
  "path",
  "query",
  "repeatedHeader",
  "cookieLines",
  "textBody",
  "setCookie",
  "repeatedReplyHeader",
  "replySize",
] satisfies (keyof Differences)[];
