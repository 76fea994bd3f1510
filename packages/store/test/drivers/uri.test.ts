import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkKey, formatUri, parseUri, splitUri } from "../../src/uri.ts";

const READ: readonly [string, object][] = [
  ["models/iris.ort", { scheme: "file", path: "models/iris.ort" }],
  ["/models/", { scheme: "file", path: "/models" }],
  ["/", { scheme: "file", path: "/" }],
  ["file:///models/a%20b", { scheme: "file", path: "/models/a b" }],
  ["C:\\models\\iris.ort", { scheme: "file", path: "C:\\models\\iris.ort" }],
  ["s3://bucket", { scheme: "s3", bucket: "bucket", key: "" }],
  ["s3://bucket/a b/50%.ort", { scheme: "s3", bucket: "bucket", key: "a b/50%.ort" }],
  ["s3://bucket/models/iris@prod", { scheme: "s3", bucket: "bucket", key: "models/iris@prod" }],
  ["gs://my.bucket_1/models/", { scheme: "gs", bucket: "my.bucket_1", key: "models" }],
  ["az://account/container/a/b", { scheme: "az", account: "account", container: "container", key: "a/b", sas: "" }],
  [
    "https://acc.blob.core.windows.net/models/a%20b/c.ort?sv=1&sig=x%2F",
    {
      scheme: "az",
      account: "acc",
      container: "models",
      key: "a b/c.ort",
      endpoint: "https://acc.blob.core.windows.net",
      sas: "sv=1&sig=x%2F",
    },
  ],
  [
    "https://acc.blob.core.usgovcloudapi.net/models",
    {
      scheme: "az",
      account: "acc",
      container: "models",
      key: "",
      endpoint: "https://acc.blob.core.usgovcloudapi.net",
      sas: "",
    },
  ],
  ["https://host:8443/a/b?x=1", { scheme: "https", origin: "https://host:8443", path: "/a/b", query: "x=1" }],
  ["http://127.0.0.1:9000/a", { scheme: "https", origin: "http://127.0.0.1:9000", path: "/a", query: "" }],
];

for (const [text, expected] of READ) test(`reads ${text}`, () => assert.deepEqual(parseUri(text), expected));

const REFUSED: readonly [string, RegExp][] = [
  ["", /it is empty; use a path/],
  ["ftp://host/a", /"ftp".*s3:\/\/bucket\/path/],
  ["s3://", /"" is not the name of a bucket; write s3:\/\/bucket\/path/],
  ["s3://Bucket/a", /"Bucket" is not the name of a bucket/],
  ["s3://bucket//a", /begins with a slash/],
  ["gs://bucket/a/../b", /"\." or "\.\."/],
  ["az://account", /"" is not a container/],
  ["az://Account/container/a", /"Account" is not an account/],
  ["http://host/a", /TLS.*write https:/],
  ["https://user:secret@host/a", /^(?!.*secret).*headers/],
  ["file://relative/a", /absolute path/],
  ["https://[/a?sig=secret", /^(?!.*secret).*not a URL/],
];

for (const [text, words] of REFUSED) {
  test(`refuses ${text || "nothing"}, saying the rule and the fix`, () => {
    assert.throws(() => parseUri(text), { code: "invalid-option", message: words });
  });
}

test("an object is its folder and its name", () => {
  assert.deepEqual(splitUri("s3://b1x/a/b.ort"), { folder: { scheme: "s3", bucket: "b1x", key: "a" }, key: "b.ort" });
  assert.deepEqual(splitUri("model.ort"), { folder: { scheme: "file", path: "" }, key: "model.ort" });
  assert.deepEqual(splitUri("/model.ort"), { folder: { scheme: "file", path: "/" }, key: "model.ort" });
  const { folder, key } = splitUri("https://h/a/b%20c.ort?x=1");
  assert.deepEqual([folder, key], [{ scheme: "https", origin: "https://h", path: "/a", query: "x=1" }, "b c.ort"]);
  assert.throws(() => splitUri("s3://bucket"), { code: "invalid-option", message: /does not name an object/ });
});

test("what is written out reads the same again", () => {
  const part = fc.stringMatching(/^[a-zA-Z0-9 +%?#&=()@_äß-]{1,12}$/);
  const key = fc.array(part, { minLength: 0, maxLength: 4 }).map((parts) => parts.join("/"));
  fc.assert(
    fc.property(fc.constantFrom("s3://bucket", "gs://bucket", "az://account/container"), key, (root, path) => {
      const uri = parseUri(path === "" ? root : `${root}/${path}`);
      assert.deepEqual(parseUri(formatUri(uri)), uri);
    }),
  );
});

test("no key leaves its store", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("..", ".", "", "a", "b.ort"), { maxLength: 5 }), (parts) => {
      const key = parts.join("/");
      const bad = key === "" || key.startsWith("/") || parts.includes("..") || parts.includes(".");
      if (bad) assert.throws(() => checkKey(key), { code: "invalid-option" });
      else assert.equal(checkKey(key), key);
    }),
  );
});
