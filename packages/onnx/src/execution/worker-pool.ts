import { type Logger, TricastError } from "@tricast/core";
import type { Lane, Lanes } from "./lane.ts";
import { WorkerLane } from "./worker-lane.ts";
import type { WorkerStart } from "./worker-main.ts";

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

export interface PoolSetting {
  readonly name: string;
  readonly start: WorkerStart;
  readonly log: Logger;
  /** Called when a lane becomes free, or runs are not possible: see {@link WorkerPool.broken}. */
  readonly onFree: () => void;
}

/** The workers of one model. A worker that ends unexpectedly is replaced: at once if it had answered a request, else with a delay. */
export class WorkerPool implements Lanes {
  readonly kind = "workers";
  crashes = 0;
  broken: TricastError | undefined;
  private readonly setting: PoolSetting;
  private readonly lanes: WorkerLane[] = [];
  private readonly starting = new Set<Promise<void>>();
  private retry: NodeJS.Timeout | undefined;
  private failures = 0;
  private wanted = 1;
  private closed = false;

  constructor(setting: PoolSetting, first: WorkerLane) {
    this.setting = setting;
    this.add(first);
  }

  get workers(): number {
    return this.lanes.length;
  }

  admit(): Lane | undefined {
    return this.next();
  }

  next(): Lane | undefined {
    return this.lanes.find(({ busy }) => !busy);
  }

  any(): Lane | undefined {
    return this.lanes[0];
  }

  /** Starts workers until `count` run. Failures are logged, and tried again later. */
  async grow(count: number): Promise<void> {
    this.wanted = count;
    await this.startMissing();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    await Promise.all(this.starting);
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  private add(lane: WorkerLane): void {
    lane.onCrash = (crashed, cause) => this.lose(crashed, cause);
    this.lanes.push(lane);
  }

  private lose(lane: WorkerLane, cause: TricastError): void {
    this.crashes++;
    this.lanes.splice(this.lanes.indexOf(lane), 1);
    if (this.closed) return;
    if (lane.served) this.replace(cause);
    // A worker that ended before its first answer would probably end again at once.
    else this.retryLater(cause);
    this.setting.onFree();
  }

  private replace(cause: TricastError): void {
    this.failures = 0;
    this.setting.log.error(`${cause.message}; another worker replaces it`, { code: cause.code, error: cause });
    // If the timer is set, another attempt is already planned.
    if (this.retry === undefined) void this.startMissing();
  }

  private async startMissing(): Promise<void> {
    const missing = Math.max(0, this.wanted - this.lanes.length - this.starting.size);
    await Promise.all(Array.from({ length: missing }, () => this.startOne()));
  }

  private startOne(): Promise<void> {
    const attempt = this.tryStart();
    this.starting.add(attempt);
    return attempt.finally(() => this.starting.delete(attempt));
  }

  private async tryStart(): Promise<void> {
    try {
      const { lane } = await WorkerLane.open(this.setting.name, this.setting.start);
      this.add(lane);
      this.broken = undefined;
    } catch (error) {
      this.retryLater(error as Error);
    }
    this.setting.onFree();
  }

  private retryLater(error: Error): void {
    const delayMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.failures++);
    this.setting.log.error(
      `a worker for ${this.setting.name} did not start, and is tried again in ${delayMs} ms: ${error.message}`,
      {
        error,
        retryInMs: delayMs,
      },
    );
    if (this.lanes.length === 0) {
      this.broken = new TricastError(
        "worker-crashed",
        `the workers for ${this.setting.name} end or do not start: ${error.message}`,
        { cause: error, retryAfterSeconds: Math.ceil(delayMs / 1000) },
      );
    }
    if (this.closed || this.retry !== undefined) return;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      void this.startMissing();
    }, delayMs);
    this.retry.unref();
  }
}
