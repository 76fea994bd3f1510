import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import type { WireRequest, WireResponse } from "@tricast/core/testing";
import { nodeListener } from "@tricast/http";
import { build } from "esbuild";
import { header, headers, send } from "../../test/e2e/support/wire-client.ts";
import predictor from "./web-runtimes/predictor.ts";
import { installRuntime, RUNTIMES, type WebRuntime } from "./web-runtimes/runtimes.ts";
import { Served } from "./web-runtimes/served.ts";

/**
 * Serves `fetchHandler` from one bundle in Deno and in Bun, and compares their responses over HTTP with those of
 * `nodeListener` in this process. Both runtimes are installed from npm.
 */
const folder = mkdtempSync(join(tmpdir(), "tricast-runtimes-"));
const module = join(folder, "server.mjs");
const node = createServer(nodeListener(predictor)).listen(0, "127.0.0.1");
before(async () => {
  await bundle(module);
  if (!node.listening) await once(node, "listening");
});
after(() => {
  node.closeAllConnections();
  node.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Bundled for a neutral platform, so that an import of a Node module fails. */
async function bundle(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, "web-runtimes", "entry.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    conditions: ["@tricast/source"],
    logLevel: "warning",
  });
}

type Check = readonly [title: string, run: (served: Served) => Promise<void>];

const JSON_TYPE = [["content-type", "application/json"]] as const;
const BYTES_TYPE = [["content-type", "application/octet-stream"]] as const;
const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function order(does: string, part: Partial<WireRequest> = {}): WireRequest {
  const body = Buffer.from(JSON.stringify({ does }));
  return { method: "POST", target: "/predict", headers: JSON_TYPE, body, ...part };
}

function bytes(body: Uint8Array, part: Partial<WireRequest> = {}): WireRequest {
  return { method: "POST", target: "/predict", headers: BYTES_TYPE, body, ...part };
}

function read(target: string, method = "GET", lines: WireRequest["headers"] = []): WireRequest {
  return { method, target, headers: lines, body: new Uint8Array() };
}

/** Requests whose responses must be the same, byte for byte. */
const REQUESTS: Readonly<Record<string, WireRequest>> = {
  "an input, with its path, query and trace context": order("tell", {
    target: "/any/%C3%A9/predict?a=1&a=%20",
    headers: [...JSON_TYPE, ["traceparent", TRACEPARENT]],
  }),
  "a header that is called constructor": order("tell", { headers: [...JSON_TYPE, ["constructor", "mine"]] }),
  "several inputs": order("tell", { body: Buffer.from('{"instances":[{"does":"tell"},{"does":"tell"}]}') }),
  "bytes of every value": bytes(Uint8Array.from({ length: 256 }, (_, value) => value)),
  "a megabyte": bytes(Buffer.alloc(1_000_000, 7)),
  "a body in gzip": bytes(gzipSync("packed"), { headers: [...BYTES_TYPE, ["content-encoding", "gzip"]] }),
  "a body in chunks": bytes(Buffer.alloc(300_000, 3), { headers: [...BYTES_TYPE, ["transfer-encoding", "chunked"]] }),
  "a body with a declared length over the limit": bytes(Buffer.alloc(2_000_001)),
  "a body that inflates beyond the limit": bytes(gzipSync(Buffer.alloc(3_000_000)), {
    headers: [...BYTES_TYPE, ["content-encoding", "gzip"]],
  }),
  "malformed JSON": order("tell", { body: Buffer.from("{") }),
  "no body": order("tell", { body: new Uint8Array() }),
  "cookies, each on a line": order("cookies"),
  "a streamed answer": order("stream"),
  health: read("/health"),
  "HEAD of health": read("/health", "HEAD"),
  metadata: read("/metadata"),
  "an unknown path": read("/nowhere"),
  "a method that the route does not accept": read("/predict", "DELETE"),
  "a preflight": read("/predict", "OPTIONS", [
    ["origin", "https://a.example"],
    ["access-control-request-method", "POST"],
  ]),
};

function allChecks({ tellsOfLeaving }: WebRuntime): readonly Check[] {
  const same = Object.entries(REQUESTS).map(
    ([title, request]): Check => [
      `${title}: as in Node`,
      async ({ origin }) =>
        assert.deepEqual(comparable(await send(origin, request)), comparable(await send(nodeOrigin(), request))),
    ],
  );
  return [
    ...same,
    ["a body in chunks beyond the limit is a 413", refusesChunks],
    ["a streamed answer that fails cannot be mistaken for a whole one", breaksOff],
    ["a client that goes away ends its stream", endsStream],
    ...(tellsOfLeaving ? [["a client that goes away aborts its prediction", abortsPrediction] as const] : []),
  ];
}

function nodeOrigin(): string {
  return `http://127.0.0.1:${(node.address() as AddressInfo).port}`;
}

/** Without headers that differ between responses, and without the messages of each engine's JSON parser. */
function comparable(response: WireResponse): unknown {
  const { status, body } = response;
  const names = ["content-type", "allow", "vary", "access-control-allow-origin", "access-control-allow-methods"];
  const text = Buffer.from(body)
    .toString("latin1")
    .replace(/(is not valid JSON): [^"]*/, "$1");
  return { status, text, cookies: headers(response, "set-cookie"), named: names.map((name) => header(response, name)) };
}

async function refusesChunks({ origin }: Served): Promise<void> {
  const large = bytes(Buffer.alloc(2_500_000), { headers: [...BYTES_TYPE, ["transfer-encoding", "chunked"]] });
  assert.equal((await send(origin, large)).status, 413);
}

async function breaksOff({ origin }: Served): Promise<void> {
  await assert.rejects(send(origin, order("break")));
  assert.equal((await send(origin, read("/health"))).status, 200);
}

async function abortsPrediction(served: Served): Promise<void> {
  await leave(served, order("wait"), () => served.printed("waiting"));
  await served.printed("aborted: request-cancelled");
}

async function endsStream(served: Served): Promise<void> {
  const before = served.count("the stream has ended");
  await leave(served, order("endless"), (socket) => once(socket, "data"));
  await served.printed("the stream has ended", before);
}

/** Sends a request, and closes the connection at `moment`. */
async function leave(
  { origin }: Served,
  { target, body }: WireRequest,
  moment: (socket: ReturnType<typeof connect>) => Promise<unknown>,
): Promise<void> {
  const socket = connect(Number(new URL(origin).port), "127.0.0.1");
  socket.write(
    `POST ${target} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
  await moment(socket);
  socket.destroy();
}

for (const runtime of RUNTIMES) {
  const program = installRuntime(runtime, folder);
  const skip = program instanceof Error && `it cannot be had here: ${program.message}`;
  describe(runtime.name, { skip }, () => {
    let served: Served;
    before(async () => {
      served = await Served.start(runtime, String(program), module);
    });
    after(() => served?.stop());
    for (const [title, run] of allChecks(runtime)) it(title, () => run(served));
  });
}
