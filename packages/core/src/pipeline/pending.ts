import type { RequestContext } from "../context.ts";
import { Deadlined } from "../deadline.ts";
import { clientGone, type TricastError } from "../errors.ts";
import type { Call, Invocation, Lease } from "../seam.ts";
import { Phases } from "./phases.ts";

/** One prediction in progress, which its deadline or its client may stop. */
export class Pending extends Deadlined {
  readonly invocation: Invocation;
  readonly coldStart: boolean;
  readonly phases: Phases;
  ended = false;
  /** Version of its model, if the source has versions. */
  version: string | undefined;
  /** Set after decoding. */
  call: Call | undefined;
  /** Called when the prediction is stopped. Set while a caller waits for the response. */
  onStop: ((reason: TricastError) => void) | undefined;
  private readonly lateError: () => TricastError;
  private readonly cancel: (() => void) | undefined = undefined;
  private reason: TricastError | undefined;
  private context: RequestContext | undefined;
  private lease: Lease | undefined;

  /** `lateError` creates the error for a missed deadline. */
  constructor(invocation: Invocation, coldStart: boolean, lateError: () => TricastError) {
    super();
    this.invocation = invocation;
    this.coldStart = coldStart;
    this.phases = new Phases(invocation.span);
    this.lateError = lateError;
    const { signal } = invocation;
    if (signal === undefined) return;
    this.cancel = () => this.stop(clientGone());
    signal.addEventListener("abort", this.cancel, { once: true });
    if (signal.aborted) this.cancel();
  }

  override expire(): void {
    this.stop(this.lateError());
  }

  /** The first reason counts. */
  stop(reason: TricastError): void {
    if (this.reason !== undefined || this.ended) return;
    this.reason = reason;
    this.context?.abort(reason);
    this.onStop?.(reason);
  }

  /** Called before each step. @throws {TricastError} the reason it was stopped. */
  refuseStopped(): void {
    if (this.reason !== undefined) throw this.reason;
  }

  /** `predict` is about to run with `context`, whose signal aborts when the prediction is stopped. */
  enter(context: RequestContext): void {
    this.context = context;
  }

  /** Holds the guard's lease until the end. */
  hold(lease: Lease | undefined): void {
    if (this.ended) lease?.release();
    else this.lease = lease;
  }

  /** Releases the lease, and removes the listener from a signal that may outlive the request. */
  end(): void {
    this.ended = true;
    this.lease?.release();
    if (this.cancel !== undefined) this.invocation.signal?.removeEventListener("abort", this.cancel);
  }
}
