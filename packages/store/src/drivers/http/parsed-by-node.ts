import { Duplex } from "node:stream";
import { type Connection, ConnectionClosed } from "./connection.ts";
import type { HttpReply } from "./http-types.ts";

/** Parses a reply whose first bytes were already read with Node's own parser. The connection is not used again. */
export async function parsedByNode(connection: Connection, head: Buffer): Promise<HttpReply> {
  const { request } = await import("node:http");
  let first: Buffer | undefined = head;
  const take = async (): Promise<Buffer> => {
    const piece = first ?? Buffer.from(await connection.take());
    first = undefined;
    return piece;
  };
  const replayed = new Duplex({
    // The request has been sent already.
    write: (_bytes, _encoding, done) => done(),
    read: () => {
      take().then(
        (piece) => replayed.push(piece),
        (error) => (error instanceof ConnectionClosed ? replayed.push(null) : replayed.destroy(error)),
      );
    },
    destroy: (error, done) => {
      connection.destroy();
      done(error);
    },
  });
  return new Promise((resolve, reject) => {
    const exchange = request({ method: "GET", createConnection: () => replayed });
    exchange.on("error", reject);
    exchange.on("response", (body) => {
      resolve({ status: body.statusCode as number, headers: body.headers, body });
    });
    exchange.end();
  });
}
