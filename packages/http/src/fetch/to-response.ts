import type { InferenceResponse, StreamedResponse, WholeResponse } from "@tricast/core/adapter";

/** A web response whose body is in memory. */
export function toResponse({ status, headers, body }: WholeResponse, request: Request): Response {
  return new Response(isBodiless(status, request) ? null : (body as string | Uint8Array<ArrayBuffer>), {
    status,
    headers: toHeaders(headers),
  });
}

/**
 * A web response whose body is produced on demand. A reader that cancels ends the body.
 * @throws the error of a body that fails before its first chunk, or of a header that cannot be sent.
 */
export async function toStreamedResponse(response: StreamedResponse, request: Request): Promise<Response> {
  const { status, headers, body } = response;
  const chunks = body[Symbol.asyncIterator]();
  if (isBodiless(status, request)) {
    await chunks.return?.();
    return toResponse({ ...response, body: "" }, request);
  }
  const first = await chunks.next();
  try {
    return new Response(toStream(first, chunks), { status, headers: toHeaders(headers) });
  } catch (error) {
    await chunks.return?.();
    throw error;
  }
}

function toStream(first: IteratorResult<Uint8Array>, chunks: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  let next: IteratorResult<Uint8Array> | undefined = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = next ?? (await chunks.next());
        next = undefined;
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    // No chunk is produced before it is requested.
    { highWaterMark: 0 },
  );
}

function toHeaders(plain: InferenceResponse["headers"]): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(plain)) for (const each of [value].flat()) headers.append(name, each);
  return headers;
}

/** These responses must not have a body, not even an empty one (fetch.spec.whatwg.org, null body status). */
function isBodiless(status: number, { method }: Request): boolean {
  return status === 204 || status === 304 || method === "HEAD";
}
