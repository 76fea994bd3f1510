import { connect, type Socket } from "node:net";

/**
 * One keep-alive connection that repeats the same bytes, one request at a time. Neither `fetch` nor node:http:
 * the client shares two cores with the server, so it must cost very little.
 */
export class HttpClient {
  private readonly socket: Socket;
  private readonly request: Buffer;
  private received: Buffer = Buffer.alloc(0);
  private settle: ((answer: HttpAnswer) => void) | undefined;
  private fail: ((error: Error) => void) | undefined;

  private constructor(socket: Socket, request: Buffer) {
    this.socket = socket;
    this.request = request;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("error", (error) => this.fail?.(error));
    socket.on("close", () => this.fail?.(new Error("The server closed the connection")));
  }

  static open(port: number, request: Buffer): Promise<HttpClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("connect", () => resolve(new HttpClient(socket, request)));
    });
  }

  send(): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.settle = resolve;
      this.fail = reject;
      this.socket.write(this.request);
    });
  }

  close(): void {
    this.fail = undefined;
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const head = this.received.indexOf("\r\n\r\n");
    if (head === -1) return;
    const headers = this.received.toString("latin1", 0, head);
    const length = /\r\ncontent-length: *(\d+)/i.exec(headers)?.[1];
    if (length === undefined) {
      this.fail?.(new Error(`No length in ${headers}`));
      return;
    }
    const end = head + 4 + Number(length);
    if (this.received.length < end) return;
    const answer = { status: Number(headers.slice(9, 12)), body: this.received.subarray(head + 4, end) };
    this.received = Buffer.alloc(0);
    this.settle?.(answer);
  }
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export function postJson(path: string, value: unknown): Buffer {
  const body = JSON.stringify(value);
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}

export function get(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
}
