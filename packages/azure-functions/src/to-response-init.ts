import { type ServerResponse, validateHeaderName, validateHeaderValue } from "node:http";
import type { HttpResponseInit } from "@azure/functions";
import type { InferenceResponse, StreamedResponse, WholeResponse } from "@tricast/core/adapter";
import { divideCookies } from "./divide-cookies.ts";
import type { StreamEvent } from "./http-stream.ts";

/** The response of a request in stream mode. */
export function toInit(response: WholeResponse, { reply }: StreamEvent): HttpResponseInit {
  const { status } = response;
  const headers = sendHeaders(response, reply);
  if (isBodiless(status, reply)) return { status, headers };
  const body = toBytes(response.body);
  return { status, headers: { ...headers, "content-length": String(body.byteLength) }, body };
}

/**
 * The response of a request in stream mode, whose body is produced as fast as the client reads. An error after the first
 * chunk breaks the connection, so that the client does not take a part for the whole.
 * @throws the error of a body that fails before its first chunk, or of a header that cannot be sent.
 */
export async function toStreamedInit(response: StreamedResponse, { reply }: StreamEvent): Promise<HttpResponseInit> {
  const { status } = response;
  const chunks = response.body[Symbol.asyncIterator]();
  if (isBodiless(status, reply)) {
    await chunks.return?.();
    return { status, headers: sendHeaders(response, reply) };
  }
  const first = await chunks.next();
  try {
    return { status, headers: sendHeaders(response, reply), body: toStream(first, chunks, reply) };
  } catch (error) {
    await chunks.return?.();
    throw error;
  }
}

function toStream(
  first: IteratorResult<Uint8Array>,
  chunks: AsyncIterator<Uint8Array>,
  reply: ServerResponse,
): HttpResponseInit["body"] {
  let next: IteratorResult<Uint8Array> | undefined = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          // The library writes without waiting (src/http/httpProxy.ts).
          if (reply.writableNeedDrain) await writable(reply);
          const { done, value } = next ?? (await chunks.next());
          next = undefined;
          if (done === true) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          // Without its client, the response has ended. The invocation has not failed.
          if (reply.destroyed) return controller.close();
          // The library would leave the connection open (azure-functions-nodejs-library#324). Chunks before are still sent.
          reply.socket?.destroySoon();
          controller.error(error);
        }
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    // No chunk is produced before it is requested.
    { highWaterMark: 0 },
  ) as HttpResponseInit["body"];
}

/** Resolves when more can be written, or the client has gone away. Its invocation then aborts, which ends the body with an error. */
function writable(reply: ServerResponse): Promise<void> {
  if (reply.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      reply.off("drain", settle).off("close", settle);
      resolve();
    };
    reply.on("drain", settle).on("close", settle);
  });
}

/**
 * Sets the headers that are sent several times, of which the library would send the last, and returns the others.
 * @throws {TypeError} for a header that cannot be sent. The library would throw later, and leave the request unanswered.
 */
function sendHeaders({ headers }: InferenceResponse, reply: ServerResponse): Record<string, string> {
  // Those of a response that could not be sent.
  for (const name of reply.getHeaderNames()) reply.removeHeader(name);
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // A header without values is dropped.
    if (typeof value === "string") single[name] = checkHeader(name, value);
    else if (value.length > 0) reply.setHeader(name, value);
  }
  return single;
}

function checkHeader(name: string, value: string): string {
  validateHeaderName(name);
  validateHeaderValue(name, value);
  return value;
}

function isBodiless(status: number, { req }: ServerResponse): boolean {
  return isNullBody(status) || req.method === "HEAD";
}

/** The response of a request that is not in stream mode. The library sends one header for each name. */
export function toBufferedInit(response: WholeResponse): HttpResponseInit {
  const { header, cookies } = divideCookies(list(response.headers["set-cookie"]));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (name === "set-cookie") continue;
    if (typeof value === "string") headers[name] = value;
    // A header without values is dropped.
    else if (value.length > 0) headers[name] = value.join(", ");
  }
  if (header !== undefined) headers["set-cookie"] = header;
  const body = isNullBody(response.status) ? {} : { body: toBytes(response.body) };
  return { status: response.status, headers, cookies, ...body };
}

/** Releases before 4.16 pass any body on to `new Response`, which refuses one with these (azure-functions-nodejs-library#458). */
function isNullBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

/** Always bytes: for a string without a content type the library would add its own. */
function toBytes(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? Buffer.from(body) : body;
}

function list(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}
