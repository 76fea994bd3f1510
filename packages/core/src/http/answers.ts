import { ERRORS, type TricastError } from "../errors.ts";
import { createLogger } from "../log.ts";
import type { Platform } from "../platform.ts";
import type { AnyPredictor } from "../predictor.ts";
import type { Invocation, Outcome, RequestHead, WholeResponse } from "../seam.ts";
import { answerHeaders } from "./answer-headers.ts";
import { toProblem, withCode } from "./problem.ts";
import type { Route } from "./routes.ts";

/** What is known of a request when it is answered. */
export interface Asked {
  readonly invocation: Invocation;
  readonly coldStart: boolean;
  readonly route: Route | undefined;
  /** Missing where the event could not be translated. */
  readonly head: RequestHead | undefined;
  /** The value of `Server-Timing`. */
  readonly timing?: string;
  /** Of the model that answered, where its source knows versions. */
  readonly version?: string | undefined;
}

/** Completes answers with the headers and the outcome that all of one service have, and renders its errors. */
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

  /** The problem response of an error, which is logged. */
  problem(error: unknown, asked: Asked): WholeResponse {
    const coded = this.report(error, asked.invocation);
    return this.complete(toProblem(coded), asked, coded);
  }

  /** Logs an error as its code asks for, and gives it one where it has none. */
  report(error: unknown, invocation: Invocation): TricastError {
    const coded = withCode(error, "internal", "unexpected");
    const { name: predictor } = this.predictor.definition;
    const fields = { predictor, code: coded.code, error: coded };
    const log = createLogger(this.platform, invocation);
    // A failed load was logged in full when it happened; each request that meets it is one short line.
    if (coded.retryAfterSeconds !== undefined) log.warn(coded.message, { predictor, code: coded.code });
    else if (ERRORS[coded.code].status >= 500) log.error(coded.message, fields);
    else log.debug(coded.message, fields);
    return coded;
  }

  private outcomeOf({ route }: Asked, error: TricastError | undefined): Outcome | undefined {
    if (route?.name === "health" || route?.name === "ready") return undefined;
    return { operation: route?.name ?? "none", route: route?.path, predictor: this.predictor.definition.name, error };
  }
}
