import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { listen } from "../../../../../test/support/stores/listen.ts";

export interface StrictServer {
  readonly address: string;
  /** Of the requests whose signature was right: method and path. */
  readonly taken: string[];
  readonly refused: string[];
  /** Requests that are signed for another region are sent there. */
  region: string;
  /** How far its clock is ahead; it refuses requests of another time. */
  aheadMs: number;
  close(): Promise<void>;
}

const CREDENTIAL =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/**
 * Answers every GET and HEAD of an object with the same bytes, and any other request with success, if it is signed with the secret and token:
 * docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, from the server's side.
 */
export async function startStrictServer(bytes: Uint8Array, secret: string, token?: string): Promise<StrictServer> {
  const server = createServer((request, response) => {
    const what = `${request.method} ${request.url}`;
    const [, , , region = ""] = CREDENTIAL.exec(request.headers.authorization ?? "") ?? [];
    if (!isSigned(request, secret) || request.headers["x-amz-security-token"] !== token) {
      result.refused.push(what);
      const code = "SignatureDoesNotMatch";
      return void response.writeHead(403).end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
    }
    const now = new Date(Date.now() + result.aheadMs);
    response.setHeader("date", now.toUTCString());
    if (Math.abs(timeOf(request) - now.getTime()) > 15 * 60_000) {
      const code = "RequestTimeTooSkewed";
      return void response.writeHead(403).end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
    }
    if (region !== result.region) {
      response.writeHead(301, { "x-amz-bucket-region": result.region });
      return void response.end("<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>");
    }
    result.taken.push(what);
    if (/\?list-type=/.test(what)) return void response.end("<ListBucketResult></ListBucketResult>");
    if (request.method === "PUT") request.resume();
    response.writeHead(200, { etag: '"one"', "content-length": bytes.length });
    response.end(request.method === "HEAD" ? undefined : bytes);
  });
  const { port, close } = await listen(server);
  const address = `http://127.0.0.1:${port}`;
  const result: StrictServer = { address, taken: [], refused: [], region: "eu-west-1", aheadMs: 0, close };
  return result;
}

function isSigned({ method, url = "", headers, rawHeaders }: IncomingMessage, secret: string): boolean {
  const match = CREDENTIAL.exec(headers.authorization ?? "");
  if (match === null) return false;
  const [, , day = "", region = "", signed = "", signature] = match;
  const names = signed.split(";");
  const sent = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const must = ["host", ...sent.filter((name) => name.startsWith("x-amz-"))];
  if (must.some((name) => !names.includes(name)) || names.join() !== names.toSorted().join()) return false;
  const [path = "", query = ""] = url.split("?");
  const canonical = [
    method,
    path,
    query
      .split("&")
      .filter(Boolean)
      .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
      .sort()
      .join("&"),
    ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    signed,
    headers["x-amz-content-sha256"],
  ].join("\n");
  const time = String(headers["x-amz-date"]);
  const digest = createHash("sha256").update(canonical).digest("hex");
  let key = createHmac("sha256", `AWS4${secret}`).update(day).digest();
  for (const part of [region, "s3", "aws4_request"]) key = createHmac("sha256", key).update(part).digest();
  const text = `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/s3/aws4_request\n${digest}`;
  return time.startsWith(day) && createHmac("sha256", key).update(text).digest("hex") === signature;
}

function timeOf({ headers }: IncomingMessage): number {
  return Date.parse(String(headers["x-amz-date"]).replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
