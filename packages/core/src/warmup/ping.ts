/** One recognised warmup ping. */
export interface WarmupPing {
  /** The sender: the name of a row in `PING_SHAPES`, such as `serverless-plugin-warmup`. */
  readonly kind: string;
  /** Number of instances to warm, if the ping has one. */
  readonly concurrency?: number | undefined;
  /** Index of this ping among them, from 0, if the ping has one. */
  readonly index?: number | undefined;
  /**
   * How long to keep this instance busy, in milliseconds, so that parallel pings land on other instances.
   * `undefined` leaves it to the service's own default.
   */
  readonly holdMs?: number | undefined;
}

export interface WarmupReport {
  readonly warmed: true;
  readonly kind: string;
  readonly predictor: string;
  /** Id of this instance; distinct ids count distinct instances. */
  readonly instance: string;
  readonly state: "ready" | "failed";
  /** True when this ping was the first invocation of an on-demand instance. */
  readonly coldStart: boolean;
  /** Why this instance was started; see {@link InitializationType}. */
  readonly initializationType: string;
  readonly timings: { readonly loadMs: number; readonly warmMs: number; readonly heldMs: number };
  /** Code of the load error when `state` is `failed`. */
  readonly code?: string | undefined;
}
