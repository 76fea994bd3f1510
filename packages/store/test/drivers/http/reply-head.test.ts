import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePlainHead } from "../../../src/drivers/http/reply-head.ts";

const head = (...lines: string[]) => parsePlainHead(lines.join("\r\n"));

test("a file, a part of one, and a file that has not changed are plain", () => {
  const part = head("HTTP/1.1 206 Partial Content", 'ETag: "a:b"', "content-length:10", "Content-Range: bytes 0-9/99 ");
  assert.deepEqual(part, {
    status: 206,
    headers: { etag: '"a:b"', "content-length": "10", "content-range": "bytes 0-9/99" },
    length: 10,
    keepsAlive: true,
  });
  assert.equal(head("HTTP/1.1 200", "Content-Length: 0")?.length, 0);
  assert.equal(head("HTTP/1.1 304 Not Modified", "Content-Length: 12")?.length, 0);
  assert.equal(head("HTTP/1.1 200 OK", "Content-Length: 1", "Connection: Close")?.keepsAlive, false);
});

test("everything that takes more understanding is left to Node", () => {
  for (const lines of [
    [""],
    ["HTTP/1.0 200 OK", "Content-Length: 1"],
    ["HTTP/1.1 2000 OK", "Content-Length: 1"],
    ["HTTP/1.1 404 Not Found", "Content-Length: 1"],
    ["HTTP/1.1 103 Early Hints", "Content-Length: 1"],
    ["HTTP/1.1 200 OK"],
    ["HTTP/1.1 200 OK", "Content-Length: -1"],
    ["HTTP/1.1 200 OK", "Content-Length: 1", "Content-Length: 2"],
    ["HTTP/1.1 200 OK", "Content-Length: 1", "Transfer-Encoding: chunked"],
    ["HTTP/1.1 200 OK", "Content-Length: 1", "X-Folded: a", " b"],
    ["HTTP/1.1 200 OK", "Content-Length : 1"],
    ["HTTP/1.1 200 OK", "Content-Length: 1", "X: a\nb"],
  ]) {
    assert.equal(head(...lines), undefined, lines.join(" | "));
  }
});
