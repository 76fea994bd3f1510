import { TricastError } from "../errors.ts";
import { show } from "../options.ts";
import { toBytes } from "./text.ts";

type Zlib = typeof import("node:zlib");
type Done = (error: Error | null, result: Uint8Array) => void;
type Inflate = (zlib: Zlib, body: Uint8Array, options: { readonly maxOutputLength: number }, done: Done) => void;

/** A map, not an object: the names come from the client and may be `constructor`. */
const ENCODINGS: ReadonlyMap<string, Inflate> = new Map<string, Inflate>([
  ["gzip", (zlib, body, options, done) => zlib.gunzip(body, options, done)],
  ["x-gzip", (zlib, body, options, done) => zlib.gunzip(body, options, done)],
  ["deflate", (zlib, body, options, done) => zlib.inflate(body, options, done)],
  ["br", (zlib, body, options, done) => zlib.brotliDecompress(body, options, done)],
  ["zstd", inflateZstd],
]);

/** The largest window of the content encoding is 8 MiB (RFC 9659, 3); the decoder allocates what the body asks for. */
function inflateZstd(zlib: Zlib, body: Uint8Array, options: { readonly maxOutputLength: number }, done: Done): void {
  const params = { [zlib.constants.ZSTD_d_windowLogMax]: 23 };
  zlib.zstdDecompress(body, { ...options, params }, done);
}

const ACCEPTED = "gzip, br, zstd, deflate, identity";

/** Each layer may inflate to the limit, so a long list of layers would cost much time for few bytes. */
const MOST_LAYERS = 5;

/**
 * The body without its content encodings, at most `maxBytes`.
 * @throws {TricastError} `unsupported-encoding`, `body-too-large` or `invalid-body`.
 */
export async function inflate(
  body: string | Uint8Array,
  contentEncoding: string,
  maxBytes: number,
): Promise<Uint8Array> {
  const encodings = contentEncoding
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  if (encodings.length > MOST_LAYERS) {
    throw unsupported(`The body has ${encodings.length} content encodings; the limit is ${MOST_LAYERS}`);
  }
  let bytes = toBytes(body);
  // Encodings are listed in the order they were applied (RFC 9110, 8.4).
  for (const name of encodings.reverse()) {
    const run = ENCODINGS.get(name);
    if (run === undefined) {
      throw unsupported(`The content encoding ${show(name)} is not supported; send ${ACCEPTED}`);
    }
    bytes = await inflateOnce(run, name, bytes, maxBytes);
  }
  return bytes;
}

/** The header lists the encodings that a client may send instead (RFC 7694). */
function unsupported(message: string): TricastError {
  return new TricastError("unsupported-encoding", message, {
    headers: { "accept-encoding": ACCEPTED },
  });
}

function inflateOnce(run: Inflate, name: string, bytes: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  // Loaded here, not at start-up: most requests are not compressed.
  const zlib = process.getBuiltinModule("node:zlib");
  return new Promise((resolve, reject) => {
    run(zlib, bytes, { maxOutputLength: maxBytes }, (error, result) => {
      if (error === null) resolve(result);
      else if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
        reject(
          new TricastError(
            "body-too-large",
            `The ${name} body inflates to more than ${maxBytes} bytes, the limit; send fewer`,
          ),
        );
      } else
        reject(new TricastError("invalid-body", `The body is not valid ${name}: ${error.message}`, { cause: error }));
    });
  });
}
