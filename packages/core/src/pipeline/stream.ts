import { clientGone, TricastError } from "../errors.ts";
import { show } from "../options.ts";
import type { InferenceResponse, StreamedResponse } from "../seam.ts";

export function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && !(body instanceof Uint8Array) && Symbol.asyncIterator in body;
}

export function isStreamed(response: InferenceResponse): response is StreamedResponse {
  return isStream(response.body);
}

/**
 * All bytes of a streamed body, for hosts that cannot stream.
 * @throws {TricastError} `response-too-large` for more than `maxBytes`; errors of the body.
 */
export async function collect(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of body) {
    total += chunk.byteLength;
    if (total > maxBytes) throw replyTooLarge(`more than ${maxBytes}`, maxBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, total);
}

export function replyTooLarge(bytes: string, maxBytes: number): TricastError {
  return new TricastError(
    "response-too-large",
    `the response is ${bytes} bytes and the limit is ${maxBytes}; ask for fewer instances, or store the result and return its address`,
  );
}

/**
 * A streamed body that reports its end, so that the models stay loaded and the request in flight until then.
 * The end is the last chunk, an error, or a reader that stops, whichever is first.
 */
export class WatchedBody implements AsyncIterableIterator<Uint8Array> {
  /** Bytes read so far. */
  bytes = 0;
  private readonly iterator: AsyncIterator<Uint8Array>;
  private readonly onEnd: (error: unknown) => void;
  private readonly toError: (error: unknown) => unknown;
  private ended = false;
  private failure: { readonly error: unknown } | undefined;
  private rejectRead: ((error: unknown) => void) | undefined;

  /** `onEnd` is called once, with the error if the stream failed or its reader stopped early. `toError` converts errors of the body. */
  constructor(
    body: AsyncIterable<Uint8Array>,
    onEnd: (error: unknown) => void,
    toError: (error: unknown) => unknown = (error) => error,
  ) {
    this.iterator = body[Symbol.asyncIterator]();
    this.onEnd = onEnd;
    this.toError = toError;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    if (this.failure !== undefined) throw this.failure.error;
    if (this.ended) return { done: true, value: undefined };
    try {
      const result = await this.read();
      if (result.done === true) this.end(undefined);
      else this.bytes += result.value.byteLength;
      return result;
    } catch (cause) {
      const error = this.toError(cause);
      // If the chunk is bad, the source has not failed and still waits for its end.
      this.release();
      this.end(error);
      throw error;
    }
  }

  /** The reader stops: its client has left. */
  async return(): Promise<IteratorResult<Uint8Array>> {
    this.release();
    this.end(clientGone("the end of the response"));
    return { done: true, value: undefined };
  }

  /** Ends the body with an error, also while a read waits. */
  fail(error: unknown): void {
    if (this.ended) return;
    this.failure = { error };
    this.rejectRead?.(error);
    this.release();
    this.end(error);
  }

  private read(): Promise<IteratorResult<Uint8Array>> {
    return new Promise((resolve, reject) => {
      this.rejectRead = reject;
      this.iterator.next().then((result) => {
        if (result.done === true || result.value instanceof Uint8Array) resolve(result);
        else reject(notBytes(result.value));
      }, reject);
    });
  }

  /** Lets the source clean up. Does not wait for a source that is producing a chunk. */
  private release(): void {
    if (this.ended) return;
    Promise.resolve(this.iterator.return?.()).catch(() => undefined);
  }

  private end(error: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd(error);
  }
}

function notBytes(chunk: unknown): TricastError {
  return new TricastError("invalid-output", `A chunk of the prediction is ${show(chunk)}; yield a Uint8Array`);
}
