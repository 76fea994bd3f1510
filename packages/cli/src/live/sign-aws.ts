import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { TricastError } from "@tricast/core";
import type { AwsCredentials } from "./aws-credentials.ts";

export interface AwsRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningScope {
  readonly region: string;
  /** `execute-api` (API Gateway), `lambda` (function URLs and Lambda's own API). */
  readonly service: string;
}

/**
 * The request's headers with a signature of version 4; `host` is signed and left out, as `fetch` sets it itself.
 * @throws {TricastError} `missing-dependency` where the signer is not installed.
 */
export async function signAws(
  request: AwsRequest,
  scope: SigningScope,
  credentials: AwsCredentials,
): Promise<Record<string, string>> {
  const { SignatureV4 } = await importSigner();
  const { url, method, body } = request;
  const signer = new SignatureV4({ ...scope, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    // A lone port would be signed as part of no header.
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query: queryOf(url),
    headers: { ...request.headers, host: url.host },
    body,
  });
  const { host: _, ...headers } = signed.headers;
  return headers;
}

async function importSigner(): Promise<typeof import("@smithy/signature-v4")> {
  try {
    return await import("@smithy/signature-v4");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new TricastError(
      "missing-dependency",
      "Signed requests to AWS need the package @smithy/signature-v4, which is not installed; run: npm install --save-dev @smithy/signature-v4",
      { cause },
    );
  }
}

function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  return query;
}

/** Node's own hashing in the shape that the signer asks for. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", toBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
