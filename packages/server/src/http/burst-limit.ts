import type { Socket } from "node:net";

/**
 * Requests of one connection in one turn of the event loop. One read of 64 KiB can bring thousands of pipelined requests,
 * and Node parses all of them before anything else. The few clients that pipeline send about ten.
 */
const MOST_PER_TURN = 32;

/** Finds connections that pipeline too many requests. */
export class BurstLimit {
  private readonly counts = new Map<Socket, number>();
  private readonly clear = (): void => this.counts.clear();

  /** Counts a request of this connection. */
  isExceededBy(socket: Socket): boolean {
    const count = (this.counts.get(socket) ?? 0) + 1;
    if (this.counts.size === 0) setImmediate(this.clear);
    this.counts.set(socket, count);
    return count > MOST_PER_TURN;
  }
}
