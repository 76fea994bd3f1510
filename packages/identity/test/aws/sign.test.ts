import assert from "node:assert/strict";
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { SignatureV4 } from "@smithy/signature-v4";
import { type AwsRequest, encodeStrictly, type SigningScope, signAws, UNSIGNED_PAYLOAD } from "@tricast/identity/aws";
import fc from "fast-check";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** What one vector is; its name is that of its folder in AWS's test suite. */
interface Vector {
  readonly name: string;
  readonly method: string;
  /** As on the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `x-amz-content-sha256` is sent and signed. */
  readonly signBody?: boolean;
  readonly sessionToken?: string;
  readonly signedHeaders: string;
  readonly signature: string;
}

function vectors(): readonly Vector[] {
  return JSON.parse(readFileSync(new URL("signature-vectors.json", import.meta.url), "utf8"));
}

const HOST = "example.amazonaws.com";

/** Some vectors have raw spaces and letters in their paths, which no URL has. */
function toUrl(target: string): AwsRequest["url"] {
  const [pathname = "", query] = target.split("?");
  const { pathname: path } = new URL(`http://${HOST}${pathname}`);
  const raw = /[^\x21-\x7e]/.test(pathname) ? pathname : path;
  return { host: HOST, pathname: raw, searchParams: new URLSearchParams(query) };
}

function signatureOf({ authorization = "" }: Record<string, string>): readonly (string | undefined)[] {
  return [/SignedHeaders=([^,]+)/.exec(authorization)?.[1], /Signature=(\w+)$/.exec(authorization)?.[1]];
}

describe("signAws against the header signatures of AWS's test suite for Signature Version 4", () => {
  const scope = { region: "us-east-1", service: "service", time: new Date("2015-08-30T12:36:00Z") };
  for (const vector of vectors()) {
    it(vector.name, () => {
      const { method, target, body, signBody, sessionToken } = vector;
      const digest: Record<string, string> = signBody === true ? { "X-Amz-Content-Sha256": sha256(body ?? "") } : {};
      const request = { method, url: toUrl(target), headers: { ...vector.headers, ...digest }, body };
      const accessKeyId = "AKIDEXAMPLE";
      const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
      const signed = signAws(request, scope, { accessKeyId, secretAccessKey, sessionToken });
      assert.deepEqual(signatureOf(signed), [vector.signedHeaders, vector.signature]);
    });
  }
});

/** docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
describe("signAws against the examples of S3's documentation", () => {
  const credentials = {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  };
  const scope = { region: "us-east-1", service: "s3", time: new Date("2013-05-24T00:00:00Z") };
  const examples: readonly (readonly [string, string, Partial<AwsRequest>, string])[] = [
    [
      "GET",
      "/test.txt",
      { headers: { Range: "bytes=0-9" } },
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ],
    [
      "PUT",
      "/test%24file.text",
      {
        headers: { Date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
        body: "Welcome to Amazon S3.",
      },
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ],
    ["GET", "/?lifecycle", {}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"],
    ["GET", "/?max-keys=2&prefix=J", {}, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"],
  ];
  for (const [method, target, request, signature] of examples) {
    it(`${method} ${target}`, () => {
      const url = new URL(target, "https://examplebucket.s3.amazonaws.com");
      assert.equal(signatureOf(signAws({ method, url, ...request }, scope, credentials))[1], signature);
    });
  }
});

describe("signAws", () => {
  const credentials = { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" };
  const url = new URL("https://host:8443/a//b?x=1");

  it("sends what it signs, and leaves out host", () => {
    const scope = { region: "eu-west-1", service: "s3" };
    const headers = { "Content-Type": "text/plain", Host: "ignored" };
    const signed = signAws({ method: "PUT", url, headers, body: "a" }, scope, credentials);
    const { authorization: _, "x-amz-date": date = "", ...others } = signed;
    assert.match(date, /^\d{8}T\d{6}Z$/);
    assert.deepEqual(others, {
      "content-type": "text/plain",
      "x-amz-content-sha256": sha256("a"),
      "x-amz-security-token": "token",
    });
    assert.equal(signatureOf(signed)[0], "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token");
  });

  it("takes another digest of the body from the headers", () => {
    const headers = { "x-amz-content-sha256": UNSIGNED_PAYLOAD };
    const sign = (body: string) =>
      signAws(
        { method: "PUT", url, headers, body },
        { region: "eu-west-1", service: "s3", time: new Date(0) },
        credentials,
      );
    assert.deepEqual(sign("a"), sign("b"));
    assert.equal(sign("a")["x-amz-content-sha256"], UNSIGNED_PAYLOAD);
  });

  it("signs as AWS's own signer does, for every service, method, path, query, header and body", async () => {
    const cases = { scope: scopes(), request: requests(), sessionToken: fc.option(token(), { nil: undefined }) };
    await fc.assert(
      fc.asyncProperty(fc.record(cases), async ({ scope, request, sessionToken }) => {
        const identity = { accessKeyId: "id", secretAccessKey: "a/secret+", ...(sessionToken && { sessionToken }) };
        const ours = signAws(request, scope, identity);
        assert.deepEqual(ours, await signWithSmithy(request, scope, identity));
      }),
      { numRuns: 500 },
    );
  });
});

function text() {
  return fc.string({ unit: "binary", minLength: 1, maxLength: 12 }).map((raw) => raw.toWellFormed());
}

/** Printable, as a header's value must be. */
function token() {
  return fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 });
}

function scopes(): fc.Arbitrary<SigningScope> {
  return fc.record({
    region: fc.constantFrom("eu-west-1", "us-gov-west-1"),
    service: fc.constantFrom("s3", "lambda", "execute-api"),
    time: fc.date({ min: new Date("2000-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }),
  });
}

function requests(): fc.Arbitrary<AwsRequest & { readonly url: URL }> {
  const path = fc
    .array(fc.oneof(text(), fc.constantFrom("", "a b", "2015-03-31", "iris@prod", "!'()*~")), { maxLength: 4 })
    .map((segments) => `/${segments.map(encodeStrictly).join("/")}`);
  const pairs = fc.array(
    fc.tuple(fc.oneof(text(), fc.constantFrom("q", "Q", "max-keys")), fc.oneof(text(), fc.constant(""))),
    {
      maxLength: 4,
    },
  );
  const url = fc.tuple(path, pairs, fc.constantFrom("", ":8443")).map(([pathname, query, port]) => {
    const made = new URL(`https://host.example${port}`);
    made.pathname = pathname;
    made.search = query.map((pair) => pair.map(encodeStrictly).join("=")).join("&");
    return made;
  });
  const name = fc.constantFrom(
    "Content-Type",
    "x-amz-meta-a",
    "Range",
    "User-Agent",
    "x-amzn-trace-id",
    "sec-a",
    "Accept",
  );
  const value = fc.string({ unit: fc.constantFrom("a", "B", " ", ",", "=", "é"), maxLength: 10 });
  const headers = fc.dictionary(name, value, { maxKeys: 3 });
  const body = fc.oneof(fc.constant(undefined), text(), fc.uint8Array({ maxLength: 20 }));
  const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE");
  return fc.record({ method, url, headers, body });
}

async function signWithSmithy(
  { method, url, headers, body }: AwsRequest & { readonly url: URL },
  { region, service, time }: SigningScope,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<Record<string, string>> {
  const isS3 = service === "s3";
  const options = { region, service, credentials, sha256: Sha256, uriEscapePath: !isS3, applyChecksum: isS3 };
  const query = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  const signed = await new SignatureV4(options).sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query,
      headers: { ...headers, host: url.host },
      body,
    },
    { signingDate: time },
  );
  const { host: _, ...others } = Object.fromEntries(
    Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return others;
}

/** Node's own hashing in the shape that AWS's signer asks for. */
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
