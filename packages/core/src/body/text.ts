import { TricastError } from "../errors.ts";

let decoder: InstanceType<typeof TextDecoder> | undefined;

/**
 * The body as text, without a byte order mark.
 * @throws {TricastError} `invalid-body` when the bytes are not UTF-8.
 */
export function toText(body: string | Uint8Array): string {
  if (typeof body === "string") return body.charCodeAt(0) === 0xfeff ? body.slice(1) : body;
  decoder ??= new TextDecoder("utf-8", { fatal: true });
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw new TricastError("invalid-body", "The body is not UTF-8 text; send UTF-8, or a binary content type", {
      cause,
    });
  }
}

export function toBytes(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? Buffer.from(body, "utf8") : body;
}

/** The size of a body that has more than `maxBytes`; `undefined` for any other. */
export function sizeOver(body: string | Uint8Array, maxBytes: number): number | undefined {
  // A UTF-16 unit is at most 3 bytes of UTF-8, so only long text needs counting.
  if (body.length * 3 <= maxBytes) return undefined;
  const size = byteSize(body);
  return size > maxBytes ? size : undefined;
}

/** Size of a body in bytes. */
export function byteSize(body: string | Uint8Array): number {
  return typeof body === "string" ? Buffer.byteLength(body, "utf8") : body.byteLength;
}
