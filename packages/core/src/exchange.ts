import type { Decoded } from "./body/decode.ts";
import type { RequestContext } from "./context.ts";
import { Deadlined } from "./deadline.ts";
import { Phases } from "./http/server-timing.ts";
import type { InferenceRequest, InferenceResponse, Invocation } from "./seam.ts";

/** One request on its way to its response. It ends once, with whichever comes first of answer, failure and deadline. */
export class Exchange extends Deadlined {
  readonly request: InferenceRequest;
  readonly invocation: Invocation;
  readonly coldStart: boolean;
  readonly phases = new Phases();
  /** Set when its prediction begins. */
  context: RequestContext | undefined = undefined;
  /** Set with it. */
  decoded: Decoded | undefined = undefined;
  /** Version of the model it met, where the source knows versions. */
  version: string | undefined = undefined;
  ended = false;
  readonly settle: (response: InferenceResponse) => void;
  private readonly giveUp: (exchange: Exchange) => void;

  /** `settle` receives the response; `giveUp` is called at the deadline. */
  constructor(
    request: InferenceRequest,
    invocation: Invocation,
    coldStart: boolean,
    settle: (response: InferenceResponse) => void,
    giveUp: (exchange: Exchange) => void,
  ) {
    super();
    this.request = request;
    this.invocation = invocation;
    this.coldStart = coldStart;
    this.settle = settle;
    this.giveUp = giveUp;
  }

  override expire(): void {
    this.giveUp(this);
  }
}
