import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** The open responses of a server, in the order of their requests. */
export class OpenReplies {
  private readonly open = new Set<ServerResponse>();
  private whenNone: (() => void) | undefined;

  [Symbol.iterator](): IterableIterator<ServerResponse> {
    return this.open.values();
  }

  /** Keeps the response until it is sent, or its client has gone away. */
  add(reply: ServerResponse): void {
    this.open.add(reply);
    reply.once("close", () => {
      this.open.delete(reply);
      if (this.open.size === 0) this.whenNone?.();
    });
  }

  /** Resolves when no response is open. */
  none(): Promise<void> {
    if (this.open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.whenNone = resolve;
    });
  }

  /** Whether no later request has arrived on the connection of `reply`. */
  isLast(reply: ServerResponse): boolean {
    let last: ServerResponse | undefined;
    for (const other of this.open) if (other.req.socket === reply.req.socket) last = other;
    return last === reply;
  }

  /** Whether a response on this connection has begun. */
  hasBegunOn(socket: Duplex): boolean {
    for (const reply of this.open) if (reply.req.socket === socket && reply.headersSent) return true;
    return false;
  }
}
