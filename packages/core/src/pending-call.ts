import type { RequestContext } from "./context.ts";
import { Deadlined } from "./deadline.ts";
import type { TricastError } from "./errors.ts";
import { Phases } from "./http/server-timing.ts";
import type { InferenceRequest, Invocation } from "./seam.ts";

/** One call of a protocol on its way to its answer, until it is stopped by its deadline or its client. */
export class PendingCall extends Deadlined {
  readonly request: InferenceRequest;
  readonly invocation: Invocation;
  readonly coldStart: boolean;
  readonly phases = new Phases();
  /** Set when its prediction begins. */
  context: RequestContext | undefined = undefined;
  /** Rejects when the call is stopped; never resolves. */
  readonly stopped: Promise<never>;
  private readonly late: () => TricastError;
  private reason: TricastError | undefined = undefined;
  private reject!: (error: TricastError) => void;

  /** `late` makes the error of a call whose deadline has come. */
  constructor(request: InferenceRequest, invocation: Invocation, coldStart: boolean, late: () => TricastError) {
    super();
    this.request = request;
    this.invocation = invocation;
    this.coldStart = coldStart;
    this.late = late;
    this.stopped = new Promise<never>((_resolve, reject) => {
      this.reject = reject;
    });
  }

  override expire(): void {
    this.stop(this.late());
  }

  stop(error: TricastError): void {
    this.reason ??= error;
    this.context?.abort(error);
    this.reject(error);
  }

  /** Keeps a call that was stopped while it waited from being predicted. @throws {TricastError} what stopped it. */
  refuseStopped(): void {
    if (this.reason !== undefined) throw this.reason;
  }
}
