/** What Acme calls a function with. */
export interface AcmeEvent {
  readonly verb: string;
  /** Path and query, as the client sent them. */
  readonly path: string;
  /** Names as the client wrote them; a header that was sent twice is two lines. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** A body of up to 64 KB, in base64. */
  readonly body?: string;
  /** A larger body, which Acme keeps until the function asks for it. */
  readonly upload?: AcmeUpload;
  /** Of the events that Acme's pinger sends to keep instances warm. */
  readonly ping?: { readonly siblings: number; readonly holdMs?: number };
}

export interface AcmeUpload {
  read(): AsyncIterable<Uint8Array>;
}

export interface AcmeContext {
  readonly call: string;
  msLeft(): number;
}

/** What Acme makes a response of. */
export interface AcmeReply {
  readonly code: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body in base64, or as a stream that Acme sends as it comes. */
  readonly body: string | AsyncIterable<Uint8Array>;
}
