import { clientGone, type TricastError } from "../errors.ts";
import { bodyTooLarge } from "../pipeline/receive.ts";
import type { BodyLimits, Charge } from "../seam.ts";
import { ByteCollector } from "./byte-collector.ts";

/** The parts of a request of the Fetch API that its body is read from. */
export interface WebBody {
  readonly body: { readonly locked: boolean; getReader(): WebReader } | null;
  readonly bodyUsed: boolean;
  readonly headers: { get(name: string): string | null };
}

export interface WebReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

export interface WebBodyOptions {
  readonly limits: BodyLimits;
  readonly charge: Charge | undefined;
  /** The error for a body that other code has read. */
  alreadyRead(): TricastError;
  /** Gives up the rest of a body that is refused. */
  abandon(reader: WebReader): Promise<void>;
}

/**
 * Reads the body of a web request. A body that declares a size over the limit is refused unread. Any other is refused as soon
 * as it is over the limit.
 * @throws {TricastError} `body-too-large`; `request-cancelled`; the errors of `alreadyRead` and `charge`.
 */
export async function readWebBody(
  { body, bodyUsed, headers }: WebBody,
  { limits, charge, alreadyRead, abandon }: WebBodyOptions,
): Promise<Uint8Array | undefined> {
  if (body === null) return undefined;
  if (bodyUsed || body.locked) throw alreadyRead();
  const length = headers.get("content-length");
  if (Number(length) > limits.maxBytes) throw bodyTooLarge(String(length), limits);
  const reader = body.getReader();
  const collected = new ByteCollector();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw clientGone("its body was complete", cause);
    });
    if (done || value === undefined) return collected.concat();
    try {
      if (collected.size + value.length > limits.maxBytes) throw bodyTooLarge(`more than ${limits.maxBytes}`, limits);
      charge?.(value.length);
      collected.add(value);
    } catch (error) {
      void abandon(reader).catch(() => undefined);
      throw error;
    }
  }
}
