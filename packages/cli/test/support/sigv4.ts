import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";

export const ACCESS_KEY = "AKIDEXAMPLE";
export const SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
export const AWS_ENV = { AWS_ACCESS_KEY_ID: ACCESS_KEY, AWS_SECRET_ACCESS_KEY: SECRET_KEY };

/**
 * Whether a request is signed as AWS asks for, computed here from what arrived and from nothing of the signer:
 * docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
 */
export function isSigned(request: IncomingMessage, body: string, scope: { region: string; service: string }): boolean {
  const { authorization = "", "x-amz-date": time } = request.headers;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=(\w{64})$/.exec(
      authorization,
    );
  if (parts === null || typeof time !== "string") return false;
  const [, key, day, region, service, names = "", signature] = parts;
  if (key !== ACCESS_KEY || region !== scope.region || service !== scope.service || !time.startsWith(day ?? "-"))
    return false;
  const signed = names.split(";");
  if (!signed.includes("host") || !signed.includes("x-amz-date")) return false;
  const url = new URL(request.url ?? "/", "http://host");
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
  const canonical = [
    request.method,
    // Every service but S3 encodes the path once more.
    url.pathname.split("/").map(encode).join("/"),
    query.join("&"),
    ...signed.map((name) => `${name}:${String(request.headers[name]).trim()}`),
    "",
    names,
    sha256(body),
  ].join("\n");
  const place = `${day}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", time, place, sha256(canonical)].join("\n");
  const signingKey = [day, region, service, "aws4_request"].reduce<Buffer | string>(
    (secret, part) =>
      createHmac("sha256", secret)
        .update(part ?? "")
        .digest(),
    `AWS4${SECRET_KEY}`,
  );
  return createHmac("sha256", signingKey).update(text).digest("hex") === signature;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
