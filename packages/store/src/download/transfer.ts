import { conflict } from "../drivers/errors.ts";
import type { WireReadOptions, WireReadResult } from "../drivers/wire.ts";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { retrying } from "../retry.ts";
import { checkSize } from "./check-content.ts";
import { type Chunk, FIRST_BYTES, frontOf, splitChunks, toChunk } from "./chunks.ts";
import type { Destination } from "./destination.ts";
import { Follower } from "./follower.ts";
import { StallWatch } from "./stall-watch.ts";

export interface DownloadOptions {
  /** Bytes according to the manifest. Another size is an error before any byte is stored. All connections start at once. */
  readonly size?: number | undefined;
  /** The manifest's digest, 64 hexadecimal digits. Without it, looking in the cache costs one request, for the object's tag. */
  readonly sha256?: string | undefined;
  /** Concurrent requests. Default 8: stores limit the speed of each connection, not of each client. */
  readonly connections?: number | undefined;
  /** Milliseconds at less than 8 KB/s after which a connection is replaced. Default 10000. */
  readonly stallMs?: number | undefined;
  /** Milliseconds of the pause after a failure, doubled for each further one. Default 100. */
  readonly retryMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes received so far, at each piece. Default: a bar if standard error is a terminal. */
  readonly onProgress?: ((received: number, size: number) => void) | undefined;
  /** Called once, when the first requests have been sent, or if no request is needed. Then the caller can block the thread. */
  readonly onSent?: (() => void) | undefined;
}

export interface Download {
  readonly info: ObjectInfo;
  readonly sha256: string;
  /** Requests that failed and were repeated. */
  readonly retries: number;
}

const CONNECTIONS = 8;
const STALL_MS = 10_000;

interface Begun {
  readonly info: ObjectInfo;
  readonly destination: Destination;
  readonly follower: Follower;
}

export interface DownloadTask {
  readonly store: ObjectStore;
  readonly key: string;
  /** Called with the size when it is known. */
  readonly openDestination: (size: number) => Promise<Destination> | Destination;
  readonly options: DownloadOptions;
}

/** One attempt at one version of an object. */
export class Transfer {
  readonly #task: DownloadTask;
  readonly #uri: string;
  readonly #connections: number;
  readonly #stop = new AbortController();
  /** Aborted by `#stop` or by the caller. */
  readonly #signal: AbortSignal;
  readonly #burst: number;
  #chunks: Chunk[];
  #queue: Chunk[];
  #begun: Promise<Begun> | undefined;
  #workers: Promise<void>[] = [];
  #received = 0;
  #sent = 0;
  #retries = 0;
  /** The server does not support ranges, so one connection reads the whole object. */
  #rangeless = false;

  constructor(task: DownloadTask) {
    const { size, connections = CONNECTIONS, signal } = task.options;
    this.#task = task;
    this.#uri = `${task.store.uri}/${task.key}`;
    this.#connections = Math.max(1, connections);
    // An empty object still needs one request, for its tag.
    this.#chunks = size ? splitChunks(0, size, this.#connections) : [toChunk(0, FIRST_BYTES)];
    this.#queue = [...this.#chunks];
    this.#burst = Math.min(this.#connections, this.#chunks.length);
    this.#signal = AbortSignal.any([this.#stop.signal, ...(signal ? [signal] : [])]);
  }

  async run(): Promise<Download> {
    this.#hire(this.#burst);
    await this.#settle();
    const { info, follower } = await (this.#begun as Promise<Begun>);
    return { info, sha256: await follower.finish(info.size), retries: this.#retries };
  }

  #hire(count: number): void {
    for (let n = 0; n < count; n++) {
      const worker = this.#work().catch((error) => {
        this.#stop.abort(error);
        throw error;
      });
      worker.catch(() => {});
      this.#workers.push(worker);
    }
  }

  /** Waits for every worker, including those added meanwhile: nothing may be written after a failure is reported. */
  async #settle(): Promise<void> {
    for (let seen = 0; seen < this.#workers.length; ) {
      seen = this.#workers.length;
      await Promise.allSettled(this.#workers);
    }
    this.#signal.throwIfAborted();
  }

  async #work(): Promise<void> {
    for (let chunk = this.#queue.shift(); chunk !== undefined; chunk = this.#queue.shift()) {
      await this.#fetchChunk(chunk);
    }
  }

  async #fetchChunk(chunk: Chunk): Promise<void> {
    await retrying(() => this.#fetchRest(chunk), {
      baseMs: this.#task.options.retryMs,
      signal: this.#signal,
      progress: () => chunk.position,
      onRetry: () => this.#retries++,
    });
  }

  async #fetchRest(chunk: Chunk): Promise<void> {
    const watch = new StallWatch(`GET ${this.#uri}`, this.#task.options.stallMs ?? STALL_MS, this.#signal);
    try {
      const result = await this.#read(chunk, watch.signal);
      const begun = await this.#begin(result).catch((error) => {
        watch.cancel();
        throw error;
      });
      if (!this.#chunks.includes(chunk)) return watch.cancel();
      await this.#take(begun, chunk, result.body, watch);
    } finally {
      watch.end();
    }
  }

  async #read(chunk: Chunk, signal: AbortSignal): Promise<WireReadResult> {
    const ifMatch = (await this.#begun)?.info.tag || undefined;
    const range = this.#rangeless && chunk.position === 0 ? undefined : { start: chunk.position, end: chunk.end };
    const onSent = this.#task.options.onSent && (() => this.#countSent(1));
    const options: WireReadOptions = { range, ifMatch, signal, onSent, reuse: true };
    const result = await this.#task.store.read(this.#task.key, options);
    this.#countSent(this.#burst);
    return result as WireReadResult;
  }

  /** The first reply decides which content is fetched. All others must have its tag and size. */
  async #begin({ info, rangeless = false }: WireReadResult): Promise<Begun> {
    this.#begun ??= this.#open(info, rangeless);
    const begun = await this.#begun;
    const same = info.tag === begun.info.tag && info.size === begun.info.size;
    if (!same) throw conflict(`GET ${this.#uri}`);
    return begun;
  }

  async #open(info: ObjectInfo, rangeless: boolean): Promise<Begun> {
    checkSize(this.#uri, info.size, this.#task.options.size);
    // Before the parts are planned: a size that no disk or memory can hold ends here.
    const destination = await this.#task.openDestination(info.size);
    const [first] = this.#chunks as [Chunk];
    if (rangeless && first.end < info.size) {
      this.#rangeless = true;
      this.#chunks = [toChunk(0, info.size)];
      this.#queue = [...this.#chunks];
    } else if (this.#task.options.size === undefined) {
      first.end = Math.min(first.end, info.size);
      const rest = splitChunks(first.end, info.size, this.#connections, 1);
      this.#chunks.push(...rest);
      this.#queue.push(...rest);
    }
    this.#hire(Math.min(this.#connections - this.#workers.length, this.#queue.length));
    return { info, destination, follower: new Follower(destination) };
  }

  /** Writes one piece at a time, because the next piece may overwrite it. */
  async #take(begun: Begun, chunk: Chunk, body: AsyncIterable<Uint8Array>, watch: StallWatch): Promise<void> {
    for await (const piece of body) {
      watch.saw(piece.length);
      await this.#write(begun, chunk, piece);
    }
  }

  async #write({ info, destination, follower }: Begun, chunk: Chunk, piece: Uint8Array): Promise<void> {
    await destination.write(piece, chunk.position);
    follower.offer(piece, chunk.position);
    chunk.position += piece.length;
    this.#received += piece.length;
    follower.follow(() => frontOf(this.#chunks, 0));
    this.#task.options.onProgress?.(this.#received, info.size);
  }

  #countSent(count: number): void {
    const before = this.#sent;
    this.#sent += count;
    if (before < this.#burst && this.#sent >= this.#burst) this.#task.options.onSent?.();
  }
}
