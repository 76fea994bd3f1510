import { type Invocation, isPreflight, type Lease, type RequestHead } from "@tricast/core/adapter";
import type { Admission } from "./admission/admission.ts";
import type { Authenticate } from "./security/authenticate.ts";

/**
 * What a request holds until it is answered: `room` for its body in memory, and a `place` among the predictions being
 * made. A place includes the room.
 */
export type Holding = "nothing" | "room" | "place";

/** Lets requests in, over HTTP and gRPC alike: authenticates them, and then admits those that hold something. */
export class RequestGuard {
  private readonly admission: Admission;
  private readonly authenticate: Authenticate | undefined;

  /** Without `authenticate`, everybody may call. */
  constructor(admission: Admission, authenticate: Authenticate | undefined) {
    this.admission = admission;
    this.authenticate = authenticate;
  }

  /** @throws {TricastError} `unauthorized`; `overloaded`; `request-cancelled` when the client went away meanwhile. */
  enter(head: RequestHead, invocation: Invocation, holding: Holding): Lease | undefined | Promise<Lease | undefined> {
    const allowed = isPreflight(head) ? undefined : this.authenticate?.(head.headers);
    return allowed === undefined
      ? this.admit(invocation, holding)
      : allowed.then(() => this.admit(invocation, holding));
  }

  private admit({ deadline, signal }: Invocation, holding: Holding): Lease | undefined {
    signal?.throwIfAborted();
    if (holding === "nothing") return undefined;
    this.admission.enter();
    if (holding === "place") return new PlaceLease(this.admission, deadline, signal);
    return { release: () => this.admission.leave() };
  }
}

class PlaceLease implements Lease {
  private readonly admission: Admission;
  private readonly deadline: number | undefined;
  private readonly signal: AbortSignal | undefined;
  private taken = false;

  constructor(admission: Admission, deadline: number | undefined, signal: AbortSignal | undefined) {
    this.admission = admission;
    this.deadline = deadline;
    this.signal = signal;
  }

  /** Waits for the place. A slow client, whose body is still on its way, keeps none from others. */
  turn(): void | Promise<void> {
    if (!this.admission.begin()) return this.admission.wait(this.deadline, this.signal).then(() => this.take());
    this.take();
  }

  private take(): void {
    this.taken = true;
  }

  release(): void {
    if (this.taken) this.admission.end();
    this.admission.leave();
  }
}
