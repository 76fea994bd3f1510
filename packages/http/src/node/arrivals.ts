import { TricastError } from "@tricast/core";

/** A body that is arriving. */
export interface Arriving {
  /** Bytes that have arrived. */
  readonly received: number;
  /** Ends the reading of the body. */
  refuse(error: TricastError): void;
}

export interface ArrivalsOptions {
  /** Maximum number of bodies that arrive at a time. */
  readonly most: number;
  /** Maximum time for a whole body, in milliseconds. */
  readonly timeoutMs: number;
}

/** A body must bring this many bytes in each period. A slow modem brings ten times as many. */
const LEAST_BYTES = 2_500;
const PERIOD_MS = 5_000;
const SWEEP_MS = 1_000;

interface Entry {
  readonly body: Arriving;
  readonly since: number;
  /** The beginning of the current period, and the bytes that had arrived then. */
  from: number;
  bytes: number;
  /** The bytes that had arrived at the last sweep. */
  swept: number;
}

/** Limits how many bodies arrive at a time, and refuses those that arrive too slowly. One timer watches all of them. */
export class Arrivals {
  private readonly most: number;
  private readonly timeoutMs: number;
  private readonly entries = new Set<Entry>();
  private timer: NodeJS.Timeout | undefined;
  private lastSweep = 0;
  private stopping = false;

  constructor({ most, timeoutMs }: ArrivalsOptions) {
    this.most = most;
    this.timeoutMs = timeoutMs;
  }

  /** Watches a body until the returned function is called. @throws {TricastError} `overloaded`. */
  add(body: Arriving): () => void {
    if (this.entries.size >= this.most) {
      const what = `The server receives ${this.entries.size} bodies (maxConnections); try again later`;
      throw new TricastError("overloaded", what, { retryAfterSeconds: 1 });
    }
    const now = Date.now();
    const entry = { body, since: now, from: now, bytes: body.received, swept: body.received };
    this.entries.add(entry);
    if (this.timer === undefined) {
      this.lastSweep = now;
      this.timer = setInterval(() => this.sweep(Date.now()), SWEEP_MS).unref();
    }
    return () => this.remove(entry);
  }

  /** From now on, refuses bodies of which no byte arrives within a second, so that they do not delay the stop. */
  stop(): void {
    this.stopping = true;
  }

  private remove(entry: Entry): void {
    this.entries.delete(entry);
    if (this.entries.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private sweep(now: number): void {
    // Bytes that arrived while the event loop was blocked have not been read yet.
    const wasBlocked = now - this.lastSweep > 2 * SWEEP_MS;
    this.lastSweep = now;
    for (const entry of this.entries) {
      const error = wasBlocked ? undefined : this.judge(entry, now);
      if (error !== undefined) {
        this.remove(entry);
        entry.body.refuse(error);
      } else if (wasBlocked || now - entry.from >= PERIOD_MS) {
        entry.from = now;
        entry.bytes = entry.body.received;
      }
      entry.swept = entry.body.received;
    }
  }

  private judge({ body, since, from, bytes, swept }: Entry, now: number): TricastError | undefined {
    const { received } = body;
    if (this.stopping && received === swept)
      return new TricastError("shutting-down", "This instance is stopping; send the request again", {
        retryAfterSeconds: 1,
        headers: CLOSE,
      });
    if (now - since > this.timeoutMs)
      return tooSlow(`The body did not arrive within ${this.timeoutMs} ms (receiveTimeoutMs)`);
    if (now - from < PERIOD_MS || received - bytes >= LEAST_BYTES) return undefined;
    return tooSlow(`${received - bytes} bytes of the body arrived in ${now - from} ms; the minimum is ${LEAST_BYTES}`);
  }
}

/** The rest of the body may still arrive, so the connection cannot be used again. */
const CLOSE = { connection: "close" };

function tooSlow(what: string): TricastError {
  return new TricastError("request-timeout", `${what}. Send the body faster, or a smaller one`, { headers: CLOSE });
}
