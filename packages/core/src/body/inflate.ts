import type { Transform } from "node:stream";
import { TricastError } from "../errors.ts";
import { show } from "../options.ts";
import type { Charge } from "../seam.ts";
import { toBytes } from "./text.ts";

type Zlib = typeof import("node:zlib");

/** A map, not an object: the names come from the client and may be `constructor`. */
const ENCODINGS: ReadonlyMap<string, (zlib: Zlib) => Transform> = new Map<string, (zlib: Zlib) => Transform>([
  ["gzip", (zlib) => zlib.createGunzip()],
  ["x-gzip", (zlib) => zlib.createGunzip()],
  ["deflate", (zlib) => zlib.createInflate()],
  ["br", (zlib) => zlib.createBrotliDecompress()],
  // The largest window of the content encoding is 8 MiB (RFC 9659, 3); the decoder allocates what the body asks for.
  ["zstd", (zlib) => zlib.createZstdDecompress({ params: { [zlib.constants.ZSTD_d_windowLogMax]: 23 } })],
]);

const ACCEPTED = "gzip, br, zstd, deflate, identity";

/** Each layer may inflate to the limit, so a long list of layers would cost much time for few bytes. */
const MOST_LAYERS = 5;

/** Bodies that are inflated at a time. Each may have a window of 16 MiB (RFC 7932, 9.1), which takes as much memory again. */
const MOST_AT_A_TIME = 2;
let inflating = 0;
const waiting: (() => void)[] = [];

/**
 * The body without its content encodings, at most `maxBytes`. `charge` takes the memory of each inflated part.
 * @throws {TricastError} `unsupported-encoding`, `body-too-large` or `invalid-body`; the error of `charge`.
 */
export async function inflate(
  body: string | Uint8Array,
  contentEncoding: string,
  maxBytes: number,
  charge?: Charge,
): Promise<Uint8Array> {
  const encodings = contentEncoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  if (encodings.length > MOST_LAYERS) {
    throw unsupported(`The body has ${encodings.length} content encodings; the limit is ${MOST_LAYERS}`);
  }
  if (inflating < MOST_AT_A_TIME) inflating++;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    let bytes = toBytes(body);
    // Encodings are listed in the order they were applied (RFC 9110, 8.4).
    for (const name of encodings.reverse()) bytes = await inflateOnce(name, bytes, maxBytes, charge);
    return bytes;
  } finally {
    const next = waiting.shift();
    if (next === undefined) inflating--;
    else next();
  }
}

/** The header lists the encodings that a client may send instead (RFC 7694). */
function unsupported(message: string): TricastError {
  return new TricastError("unsupported-encoding", message, {
    headers: { "accept-encoding": ACCEPTED },
  });
}

function inflateOnce(
  name: string,
  bytes: Uint8Array,
  maxBytes: number,
  charge: Charge = () => {},
): Promise<Uint8Array> {
  const create = ENCODINGS.get(name);
  if (create === undefined) throw unsupported(`The content encoding ${show(name)} is not supported; send ${ACCEPTED}`);
  // Loaded here, not at start-up: most requests are not compressed.
  const inflated = create(process.getBuiltinModule("node:zlib"));
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    let size = 0;
    inflated
      .on("data", (part: Uint8Array) => {
        size += part.length;
        try {
          if (size > maxBytes) throw inflatesTooFar(name, maxBytes);
          charge(part.length);
          parts.push(part);
        } catch (error) {
          inflated.destroy();
          reject(error);
        }
      })
      .once("error", (cause) => {
        reject(new TricastError("invalid-body", `The body is not valid ${name}: ${cause.message}`, { cause }));
      })
      .once("end", () => resolve(Buffer.concat(parts, size)))
      .end(bytes);
  });
}

function inflatesTooFar(name: string, maxBytes: number): TricastError {
  const what = `The ${name} body inflates to more than ${maxBytes} bytes, the limit; send fewer`;
  return new TricastError("body-too-large", what);
}
