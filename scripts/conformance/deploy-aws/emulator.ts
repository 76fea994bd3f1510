import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { buffer } from "node:stream/consumers";
import { toCall } from "./call.ts";
import { type Answer, makeGaps } from "./gaps.ts";

/** The APIs of AWS on this machine: moto, with a server in front of it for the calls that it lacks. */
export interface Emulator extends AsyncDisposable {
  readonly url: string;
  /** Actions that moto lacks. */
  readonly gaps: ReadonlySet<string>;
  /** Actions that were answered in moto's place. */
  readonly filled: ReadonlySet<string>;
  /** Responses of moto that differ from the gaps, and its own errors. */
  readonly problems: readonly string[];
}

/** @param programs folder of a virtual environment that has moto. */
export async function startEmulator(programs: string): Promise<Emulator> {
  const { moto, port } = await startMoto(programs);
  const gaps = makeGaps();
  const filled = new Set<string>();
  const problems: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    const call = toCall(incoming.method ?? "", new URL(incoming.url ?? "", "http://aws"), incoming.headers, body);
    const gap = gaps.get(call.action);
    const given = await forward(port, incoming, body);
    if (gap === undefined && given.status < 500) return outgoing.writeHead(given.status, given.headers).end(given.body);
    if (gap === undefined) problems.push(`moto answers ${given.status} to ${call.action}`);
    else if (given.status === gap.refusal) filled.add(call.action);
    else problems.push(`moto answers ${given.status} to ${call.action} and supports it now: remove it from gaps.ts`);
    const { status, headers, body: text } = toReply(gap?.answer(call) ?? unknownTo(call.action));
    outgoing.writeHead(status, headers).end(text);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    gaps: new Set(gaps.keys()),
    filled,
    problems,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      const ended = once(moto, "close");
      if (moto.kill()) await ended;
    },
  };
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | string;
}

async function startMoto(programs: string): Promise<{ moto: ChildProcess; port: string }> {
  // With the policies that AWS manages, so that unknown names of policies are refused.
  const env = { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: "true" };
  const moto = spawn(join(programs, "moto_server"), ["--port", "0"], { env, stdio: ["ignore", "ignore", "pipe"] });
  const said: string[] = [];
  for await (const line of createInterface({ input: moto.stderr })) {
    said.push(line);
    const port = /Running on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) {
      moto.stderr.resume();
      return { moto, port };
    }
  }
  throw new Error(`moto does not start:\n${said.join("\n")}`);
}

function forward(port: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path: url, headers };
    const outgoing = httpRequest(options, async (answer) => {
      resolve({ status: answer.statusCode ?? 0, headers: withoutHops(answer.headers), body: await buffer(answer) });
    });
    outgoing.once("error", reject).end(body);
  });
}

/** These headers apply to one connection, and the proxy has two. */
function withoutHops({ connection, "transfer-encoding": _, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders {
  return headers;
}

/** Not a server error: callers would try again. */
function unknownTo(action: string): Answer {
  return { status: 400, body: { __type: "UnknownOperationException", message: `moto has no ${action}` } };
}

function toReply({ status, body }: Answer): Reply {
  const { __type, Code } = (body ?? {}) as { readonly __type?: string; readonly Code?: string };
  const type = __type ?? Code;
  const headers = { "content-type": "application/x-amz-json-1.1", ...(type && { "x-amzn-errortype": type }) };
  return { status, headers, body: body === undefined ? "" : JSON.stringify(body) };
}
