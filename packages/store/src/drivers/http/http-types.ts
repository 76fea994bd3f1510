import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when the request has been passed to the operating system on an open connection. */
  readonly onSent?: (() => void) | undefined;
}

export type GetRequest = Omit<HttpRequest, "method" | "body">;

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: HttpBody;
}

/** It must be read to its end or destroyed. */
export interface HttpBody extends AsyncIterable<Uint8Array> {
  /** The headers of the reply. */
  readonly headers: IncomingHttpHeaders;
  destroy(): void;
}

export interface HttpClient {
  /** @throws {TricastError} `store-unavailable` if no reply arrives. A reply of any status is not an error. */
  send(request: HttpRequest): Promise<HttpReply>;
  /** The same for GET and large bodies. A piece of the body may be overwritten when the next piece is read. */
  get(request: GetRequest): Promise<HttpReply>;
}
