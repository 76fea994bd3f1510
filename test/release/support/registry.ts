import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer, json } from "node:stream/consumers";

/** What npm sends when it publishes (docs.npmjs.com, the public registry API). */
interface Publication {
  readonly name: string;
  readonly "dist-tags": Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, Manifest>>;
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>;
}
interface Manifest {
  readonly dist: { readonly tarball: string; readonly integrity: string };
  readonly [member: string]: unknown;
}

/** A package registry on this machine, for the npm on this machine: publishing, reading, installing. */
export class Registry {
  /** Names of packages whose publication is answered with 403. */
  readonly refused = new Set<string>();
  /** Names of packages in the order they were published. */
  readonly published: string[] = [];
  readonly #packages = new Map<string, Publication>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #token = "a-token-of-this-test";

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get #host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The text of an .npmrc that uses this registry, logged in or not. */
  npmrc({ loggedIn = true } = {}): string {
    return `registry=http://${this.#host}/\n${loggedIn ? `//${this.#host}/:_authToken=${this.#token}\n` : ""}`;
  }

  manifestOf(name: string): Manifest | undefined {
    return Object.values(this.#packages.get(name)?.versions ?? {})[0];
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname).slice(1);
    if (request.method === "PUT") await this.#publish(request, response);
    else if (path === "-/whoami") this.#reply(response, this.#isKnown(request) ? { username: "tester" } : undefined);
    else if (path.endsWith(".tgz")) this.#sendTarball(path, response);
    else this.#reply(response, this.#packages.get(path));
  }

  async #publish(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#isKnown(request)) {
      await buffer(request);
      response.writeHead(401).end();
      return;
    }
    const publication = (await json(request)) as Publication;
    if (this.refused.has(publication.name) || this.#packages.has(publication.name)) {
      response.writeHead(403, { "content-type": "application/json" }).end('{"error":"refused by this test"}');
      return;
    }
    this.#packages.set(publication.name, publication);
    this.published.push(publication.name);
    response.writeHead(201, { "content-type": "application/json" }).end('{"success":true}');
  }

  #isKnown(request: IncomingMessage): boolean {
    return request.headers.authorization === `Bearer ${this.#token}`;
  }

  /** npm asks for tarballs where the manifest says: NAME/-/FILE. */
  #sendTarball(path: string, response: ServerResponse): void {
    const [name = "", file = ""] = path.split("/-/");
    const data = this.#packages.get(name)?._attachments[file]?.data;
    if (data === undefined) response.writeHead(404).end();
    else response.writeHead(200).end(Buffer.from(data, "base64"));
  }

  #reply(response: ServerResponse, body: object | undefined): void {
    response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(body ?? { error: "not found" }));
  }
}
