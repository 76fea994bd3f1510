import { createServer } from "node:http";
import { listen } from "./listen.ts";

export interface TokenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of a form; empty for another body. */
  readonly form: URLSearchParams;
  readonly body: string;
}

export interface TokenServer {
  readonly address: string;
  readonly requests: TokenRequest[];
  /** The reply's JSON, or a status for a refusal. */
  answer: (request: TokenRequest) => object | number;
  close(): Promise<void>;
}

/** Replaces a cloud's token endpoints; a test decides its checks and its tokens. */
export async function startTokenServer(): Promise<TokenServer> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const { method = "GET", headers } = request;
    const url = new URL(request.url ?? "/", "http://localhost");
    const asked = { method, url, headers, body, form: new URLSearchParams(body) };
    result.requests.push(asked);
    const reply = result.answer(asked);
    if (typeof reply === "number") {
      return void response.writeHead(reply).end(JSON.stringify({ error: "invalid_grant", error_description: "No." }));
    }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
  });
  const { port, close } = await listen(server);
  const result: TokenServer = { address: `http://127.0.0.1:${port}`, requests: [], answer: () => 500, close };
  return result;
}
