import { connect, type Socket } from "node:net";

/** A bare connection, to send what no client would. */
export interface Wire {
  readonly socket: Socket;
  write(text: string): void;
  /** Everything that has come so far. */
  received(): string;
  /** Resolves with everything once the other side has closed. */
  readonly closed: Promise<string>;
  /** Resolves when `text` has come. */
  until(text: string): Promise<string>;
}

export function openWire(port: number): Wire {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  const watchers = new Set<() => void>();
  const tell = (): void => {
    for (const watch of [...watchers]) watch();
  };
  socket.setEncoding("latin1").on("data", (text: string) => {
    received += text;
    tell();
  });
  // A reset ends the connection too; what had come until then is what the test looks at.
  socket.on("error", () => {});
  const closed = new Promise<string>((resolve) => {
    socket.once("close", () => {
      tell();
      resolve(received);
    });
  });
  return {
    socket,
    write: (text) => void socket.write(text, "latin1"),
    received: () => received,
    closed,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!received.includes(text) && !socket.destroyed) return;
          watchers.delete(look);
          if (received.includes(text)) resolve(received);
          else reject(new Error(`The connection closed before ${JSON.stringify(text)} came:\n${received}`));
        };
        watchers.add(look);
        look();
      }),
  };
}

export function postText(path: string, body: string, headers: readonly string[] = []): string {
  const lines = [`POST ${path} HTTP/1.1`, "host: x", "content-type: application/json", ...headers];
  return `${[...lines, `content-length: ${Buffer.byteLength(body)}`].join("\r\n")}\r\n\r\n${body}`;
}
