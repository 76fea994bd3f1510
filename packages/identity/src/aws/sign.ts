import { createHash, createHmac } from "node:crypto";
import type { AwsCredentials } from "./credentials.ts";

export interface AwsRequest {
  readonly method: string;
  /** The URL of the request, with percent-encoded path and query. */
  readonly url: Pick<URL, "host" | "pathname" | "searchParams">;
  /** All headers are signed, except those that proxies change. Default: no headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Default empty. */
  readonly body?: string | Uint8Array | undefined;
}

export interface SigningScope {
  readonly region: string;
  /** `s3`, `execute-api` (API Gateway), `lambda` (function URLs and Lambda's own API), or another service's signing name. */
  readonly service: string;
  /** Default: now. */
  readonly time?: Date | undefined;
}

/** As `x-amz-content-sha256`: S3 accepts a body whose digest is not signed. */
export const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

const CONTENT_DIGEST = "x-amz-content-sha256";

/** Headers that a proxy may add, change or remove between the signer and AWS. */
const UNSIGNED =
  /^(?:authorization|cache-control|connection|expect|from|keep-alive|max-forwards|pragma|referer|te|trailer|transfer-encoding|upgrade|user-agent|x-amzn-trace-id|(?:proxy|sec)-.*)$/;

/**
 * Returns the request's headers and an AWS Signature Version 4, with names in lower case. `host` is signed but not
 * returned, because HTTP clients set it themselves. A header `x-amz-content-sha256` replaces the body's digest.
 *
 * Rules: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signAws(
  { method, url, headers = {}, body = "" }: AwsRequest,
  { region, service, time = new Date() }: SigningScope,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
): Record<string, string> {
  const sent = lowerCased(headers);
  const digest = sent[CONTENT_DIGEST] ?? sha256(body);
  const date = `${time.toISOString().slice(0, 19).replace(/[:-]/g, "")}Z`;
  sent["x-amz-date"] = date;
  if (service === "s3") sent[CONTENT_DIGEST] = digest;
  if (sessionToken !== undefined) sent["x-amz-security-token"] = sessionToken;
  const signed: Record<string, string> = { ...sent, host: url.host };
  const names = Object.keys(signed)
    .filter((name) => !UNSIGNED.test(name))
    .sort();
  const canonical = [
    method,
    canonicalPath(url.pathname, service),
    canonicalQuery(url.searchParams),
    ...names.map((name) => `${name}:${signed[name]?.trim().replace(/\s+/g, " ")}`),
    "",
    names.join(";"),
    digest,
  ].join("\n");
  const scope = [date.slice(0, 8), region, service, "aws4_request"];
  const text = ["AWS4-HMAC-SHA256", date, scope.join("/"), sha256(canonical)].join("\n");
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const credential = `Credential=${accessKeyId}/${scope.join("/")}`;
  const signature = hmac(key, text).toString("hex");
  sent.authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return sent;
}

/** Encodes all characters except the unreserved ones of RFC 3986. `encodeURIComponent` leaves five more. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** For S3, the path of the URL. Other services remove empty segments, and encode each segment once more. */
function canonicalPath(path: string, service: string): string {
  if (service === "s3") return path;
  const segments = path.split("/").filter((segment) => segment !== "");
  const end = segments.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${segments.map(encodeStrictly).join("/")}${end}`;
}

function canonicalQuery(parameters: URLSearchParams): string {
  return [...parameters]
    .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join("="))
    .join("&");
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => name !== "host"),
  );
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
