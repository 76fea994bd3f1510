import type { TricastError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { AnyPredictor } from "../predictor.ts";
import type { Invocation, Outcome, RequestHead, WholeResponse } from "../seam.ts";
import { answerHeaders } from "./answer-headers.ts";
import { toProblem } from "./problem.ts";
import { reportError } from "./report-error.ts";
import type { Route } from "./routes.ts";

/** Facts about a request when it is answered. */
export interface Asked {
  readonly invocation: Invocation;
  readonly coldStart: boolean;
  readonly route: Route | undefined;
  /** Missing where the event could not be translated. */
  readonly head: RequestHead | undefined;
  /** The value of `Server-Timing`. */
  readonly timing?: string;
  /** Of the model that answered, if its source has versions. */
  readonly version?: string | undefined;
}

/** Completes the responses of a service with common headers and the outcome, and renders its errors. */
export class Answers {
  private readonly predictor: AnyPredictor;
  private readonly platform: Platform;

  constructor(predictor: AnyPredictor, platform: Platform) {
    this.predictor = predictor;
    this.platform = platform;
  }

  complete(response: WholeResponse, asked: Asked, error?: TricastError): WholeResponse {
    const { invocation, coldStart, head, timing = "", version } = asked;
    const { cors } = this.predictor.definition;
    const headers = answerHeaders({ invocation, coldStart, timing, version, cors, head }, response.headers);
    const body = head?.method === "HEAD" ? "" : response.body;
    return { status: response.status, headers, body, outcome: this.outcomeOf(asked, error) };
  }

  /** Logs an error and returns its problem response. */
  problem(error: unknown, asked: Asked): WholeResponse {
    const coded = this.report(error, asked.invocation);
    return this.complete(toProblem(coded), asked, coded);
  }

  /** See {@link reportError}. */
  report(error: unknown, invocation: Invocation): TricastError {
    const { name: predictor } = this.predictor.definition;
    return reportError(error, this.platform, invocation, { predictor });
  }

  private outcomeOf({ route }: Asked, error: TricastError | undefined): Outcome | undefined {
    if (route?.name === "health" || route?.name === "ready") return undefined;
    return { operation: route?.name ?? "none", route: route?.path, predictor: this.predictor.definition.name, error };
  }
}
