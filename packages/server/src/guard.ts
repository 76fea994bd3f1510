import { type Invocation, isPreflight, type Lease, type RequestHead } from "@tricast/core/adapter";
import type { Admission } from "./admission/admission.ts";
import type { GuardedKind } from "./route.ts";
import type { Authenticate } from "./security/authenticate.ts";

/** Admits requests over HTTP and gRPC: authenticates them, and then gives them a lease of the server's memory. */
export class RequestGuard {
  private readonly admission: Admission;
  private readonly authenticate: Authenticate;

  constructor(admission: Admission, authenticate: Authenticate) {
    this.admission = admission;
    this.authenticate = authenticate;
  }

  /** @throws {TricastError} `unauthorized`; `overloaded`; `request-cancelled` if the client has gone away. */
  enter(head: RequestHead, invocation: Invocation, kind: GuardedKind): Lease | Promise<Lease> {
    const caller = isPreflight(head) ? undefined : this.authenticate(head.headers, kind);
    return caller instanceof Promise
      ? caller.then((known) => this.admit(invocation, kind, known))
      : this.admit(invocation, kind, caller);
  }

  private admit({ deadline, signal }: Invocation, kind: GuardedKind, caller: string | undefined): Lease {
    signal?.throwIfAborted();
    const admitted = { caller, deadline, signal };
    return kind === "infer" ? this.admission.enter(admitted) : this.admission.enterBriefly(admitted);
  }
}
