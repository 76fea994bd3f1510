import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { sendRange } from "./byte-range.ts";
import { listen } from "./listen.ts";
import type { TestServer } from "./test-server.ts";

interface StoredObject {
  readonly name: string;
  readonly bytes: Buffer;
  readonly generation: string;
  readonly updated: Date;
}

export interface GoogleServer extends TestServer {
  /** When set, requests need it: `Bearer TOKEN`. */
  token: string | undefined;
}

const PAGE = 3;

/**
 * Google Cloud Storage's JSON API as its reference describes it, for one bucket, `models`, in memory:
 * objects.get (metadata; alt=media with one range), objects.insert (uploadType=media), objects.list (prefix, pages of 3,
 * fields are ignored), objects.delete; ifGenerationMatch and ifGenerationNotMatch; errors as JSON, of downloads as text.
 */
export async function startGoogleServer(): Promise<GoogleServer> {
  const objects = new Map<string, StoredObject>();
  let generation = 1_700_000_000_000_000;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (result.token !== undefined && request.headers.authorization !== `Bearer ${result.token}`) {
      return fail(response, 401, "Anonymous caller does not have storage.objects.get access.");
    }
    const [, upload, bucket, name] = /^(\/upload)?\/storage\/v1\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(url.pathname) ?? [];
    if (bucket === undefined) return fail(response, 404, "Not Found");
    if (bucket !== "models") return fail(response, 404, "The specified bucket does not exist.");
    if (upload) return insert(request, response, url);
    if (name === undefined) return list(response, url);
    const object = objects.get(decodeURIComponent(name));
    if (object === undefined) return fail(response, 404, `No such object: models/${decodeURIComponent(name)}`, url);
    const { ifGenerationMatch: wanted, ifGenerationNotMatch: known } = Object.fromEntries(url.searchParams);
    if (wanted !== undefined && wanted !== object.generation) return fail(response, 412, CONDITION, url);
    if (known === object.generation) return void response.writeHead(304).end();
    if (request.method === "DELETE") {
      objects.delete(object.name);
      return void response.writeHead(204).end();
    }
    if (url.searchParams.get("alt") !== "media") return json(response, 200, resource(object));
    sendRange(request, response, object.bytes, {
      "x-goog-generation": object.generation,
      "x-goog-stored-content-length": String(object.bytes.length),
      "last-modified": object.updated.toUTCString(),
    });
  });

  const insert = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece as Buffer);
    } catch {
      // The client broke off: nothing is stored.
      return;
    }
    const name = url.searchParams.get("name") ?? "";
    const wanted = url.searchParams.get("ifGenerationMatch");
    if (wanted !== null && wanted !== (objects.get(name)?.generation ?? "0")) return fail(response, 412, CONDITION);
    const object = { name, bytes: Buffer.concat(pieces), generation: String(++generation), updated: new Date() };
    objects.set(name, object);
    json(response, 200, resource(object));
  };

  const list = (response: ServerResponse, url: URL): void => {
    const after = url.searchParams.get("pageToken") ?? "";
    const names = [...objects.keys()]
      .filter((name) => name.startsWith(url.searchParams.get("prefix") ?? ""))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const rest = names.slice(after === "" ? 0 : names.indexOf(after) + 1);
    const page = rest.slice(0, PAGE);
    const items = page.map((name) => resource(objects.get(name) as StoredObject));
    json(response, 200, {
      kind: "storage#objects",
      ...(items.length > 0 && { items }),
      ...(rest.length > PAGE && { nextPageToken: page.at(-1) }),
    });
  };

  const { port, close } = await listen(server);
  const address = `http://127.0.0.1:${port}`;
  const result: GoogleServer = {
    uri: "gs://models/store",
    address,
    options: {},
    env: { STORAGE_EMULATOR_HOST: address },
    token: undefined,
    close,
  };
  return result;
}

const CONDITION = "At least one of the pre-conditions you specified did not hold.";

function resource({ name, bytes, generation, updated }: StoredObject) {
  const size = String(bytes.length);
  return { kind: "storage#object", bucket: "models", name, size, generation, updated: updated.toISOString() };
}

function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function fail(response: ServerResponse, status: number, message: string, url?: URL): void {
  if (url?.searchParams.get("alt") === "media") return void response.writeHead(status).end(message);
  json(response, status, { error: { code: status, message, errors: [{ message, domain: "global" }] } });
}
