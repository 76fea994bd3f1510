import type { StoreOptions } from "@tricast/store";

/** A server that speaks a store's own protocol. */
export interface TestServer {
  /** An empty place in it. */
  readonly uri: string;
  /** Where it listens: `http://127.0.0.1:PORT`. */
  readonly address: string;
  readonly options: StoreOptions;
  /** What a process needs in its environment to reach it. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}
