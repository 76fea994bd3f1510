import { type Invocation, isPreflight, type Lease, type RequestHead } from "@tricast/core/adapter";
import type { Admission } from "./admission/admission.ts";
import type { Authenticate } from "./security/authenticate.ts";

/**
 * The resource that a request holds until it is answered: `room` for its body in memory, or a `place` among the predictions
 * that run. A place includes the room.
 */
export type Holding = "nothing" | "room" | "place";

/** Admits requests over HTTP and gRPC: authenticates them, and then takes the room or place that they hold. */
export class RequestGuard {
  private readonly admission: Admission;
  private readonly authenticate: Authenticate | undefined;

  /** Without `authenticate`, all callers are admitted. */
  constructor(admission: Admission, authenticate: Authenticate | undefined) {
    this.admission = admission;
    this.authenticate = authenticate;
  }

  /** @throws {TricastError} `unauthorized`; `overloaded`; `request-cancelled` if the client has gone away. */
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
    return holding === "room"
      ? { release: () => this.admission.leave() }
      : placeLease(this.admission, deadline, signal);
  }
}

/** The place is taken after the body has arrived, so that a slow client does not block others. */
function placeLease(admission: Admission, deadline: number | undefined, signal: AbortSignal | undefined): Lease {
  let taken = false;
  return {
    turn() {
      taken = admission.begin();
      if (taken) return;
      return admission.wait(deadline, signal).then(() => {
        taken = true;
      });
    },
    release() {
      if (taken) admission.end();
      admission.leave();
    },
  };
}
