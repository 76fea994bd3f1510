import type { IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { encodeStrictly } from "@tricast/identity/aws";
import type { StoreOptions } from "../../store-options.ts";
import { createHttpClient } from "./client.ts";
import type { HttpBody } from "./http-types.ts";

/** The part of the SDK's request that its own handler for Node reads. */
interface SmithyRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | string[] | null>> | undefined;
  readonly body?: unknown;
}

interface CallOptions {
  readonly abortSignal?: unknown;
  readonly onSent?: (() => void) | undefined;
  /** Gets the body of a good answer, which the SDK then takes for empty: what it would wrap costs twice the time. */
  readonly takeBody?: ((body: HttpBody) => void) | undefined;
}

/** The AWS SDK over our own client: one place for connections, timeouts and errors, and `onSent`, which the SDK's lacks. */
export function createSmithyHandler(options: StoreOptions) {
  const client = createHttpClient(options);
  return {
    metadata: { handlerProtocol: "http/1.1" },
    handle: async (request: SmithyRequest, { abortSignal, onSent, takeBody }: CallOptions = {}) => {
      // We do not wait for a 100, and never signed is what a hop may change.
      const { expect: _, Expect: __, ...headers } = request.headers;
      const { method } = request;
      const body =
        typeof request.body === "string" ? Buffer.from(request.body) : (request.body as Uint8Array | Readable);
      const signal = abortSignal as AbortSignal | undefined;
      const sent = { url: toUrl(request), headers, signal, onSent };
      const reply = await (takeBody === undefined ? client.send({ ...sent, method, body }) : client.get(sent));
      const taken = takeBody !== undefined && (reply.status === 200 || reply.status === 206);
      if (taken) takeBody(reply.body);
      const answer = taken ? Readable.from([]) : reply.body;
      return { response: { statusCode: reply.status, headers: flat(reply.headers), body: answer } };
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
    destroy: () => {},
  };
}

function toUrl({ protocol, hostname, port, path, query }: SmithyRequest): URL {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    [value]
      .flat()
      .map((one) => (one === null ? encodeStrictly(name) : `${encodeStrictly(name)}=${encodeStrictly(String(one))}`)),
  );
  const url = new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`);
  // Set, not parsed: an encoded path stays as it was signed.
  return Object.assign(url, { pathname: path, search: pairs.join("&") });
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(", ")]));
}
