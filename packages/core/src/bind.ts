import { byteSize, sizeOver } from "./body/text.ts";
import { isPromise } from "./is-promise.ts";
import { accessLog, accessLogFraction, Observation, type Recorder } from "./observe.ts";
import { collect, isStreamed, replyTooLarge, WatchedBody } from "./pipeline/stream.ts";
import type {
  Adapter,
  InferenceRequest,
  InferenceResponse,
  Invocation,
  RequestHandler,
  Service,
  StreamedResponse,
  WholeResponse,
} from "./seam.ts";
import { currentTracer } from "./tracer.ts";

export interface BindOptions {
  /** Receives a record of each request. Default: the access log, for the fraction in `TRICAST_ACCESS_LOG`. */
  readonly recorder?: Recorder | undefined;
}

/** A service, or another object that answers requests. Pings need its `warm`. */
type Bindable = RequestHandler & Partial<Pick<Service, "warm">>;

/**
 * The function that a platform calls. It warms the model for pings, and handles all other events as requests. Every
 * request leaves one span and one record, however it ends.
 * @throws {TricastError} `invalid-option` for `TRICAST_ACCESS_LOG`.
 */
export function bind<Event, Context, Result>(
  handler: Bindable,
  adapter: Adapter<Event, Context, Result>,
  options: BindOptions = {},
): (event: Event, context: Context) => Promise<Result> {
  const { recorder = accessLog(adapter.platform, accessLogFraction()) } = options;

  // Exactly two declared parameters: Lambda's runtime treats a function with three as a callback handler.
  return (event, context) => new BoundRequest(handler, adapter, event, context).run(recorder);
}

/** One event on its way to the platform's result. */
class BoundRequest<Event, Context, Result> {
  private readonly handler: Bindable;
  private readonly adapter: Adapter<Event, Context, Result>;
  private readonly event: Event;
  private readonly context: Context;
  private invocation: Invocation | undefined;
  private request: InferenceRequest | undefined;
  private observation: Observation | undefined;
  private refused: { readonly error: unknown; readonly problem: WholeResponse } | undefined;

  constructor(handler: Bindable, adapter: Adapter<Event, Context, Result>, event: Event, context: Context) {
    this.handler = handler;
    this.adapter = adapter;
    this.event = event;
    this.context = context;
  }

  async run(recorder: Recorder | undefined): Promise<Result> {
    const { handler, adapter, event, context } = this;
    const ping = handler.warm === undefined ? undefined : adapter.toPing(event, context);
    if (ping !== undefined) return adapter.toPong(await (handler as Service).warm(ping), ping, event, context);
    const invocation = adapter.toInvocation(event, context);
    this.invocation = invocation;
    if (recorder !== undefined || currentTracer() !== undefined)
      this.observation = new Observation(invocation, recorder);
    let response: InferenceResponse;
    try {
      const translated = adapter.toRequest(event, context);
      response = await this.answer(isPromise(translated) ? await translated : translated, invocation);
    } catch (error) {
      response = this.problem(error);
    }
    const result = this.reply(response);
    return isPromise(result) ? await result : result;
  }

  private answer(request: InferenceRequest, invocation: Invocation): Promise<InferenceResponse> {
    const { handler, observation } = this;
    this.request = request;
    if (observation === undefined) return handler.handle(request, invocation);
    const observed = observation.begin(request);
    this.invocation = observed;
    return observation.within(() => handler.handle(request, observed));
  }

  /** The platform's result; a problem if the platform cannot carry the response. Synchronous if the adapter is. */
  private reply(response: InferenceResponse): Result | Promise<Result> {
    if (isStreamed(response)) return this.replyStreamed(response);
    try {
      const result = this.whole(response as WholeResponse);
      return isPromise(result) ? result.catch((error: unknown) => this.refuse(error, response)) : result;
    } catch (error) {
      return this.refuse(error, response);
    }
  }

  private async replyStreamed(response: StreamedResponse): Promise<Result> {
    const { adapter, event, context } = this;
    try {
      if (adapter.toStreamedResult !== undefined)
        return await adapter.toStreamedResult(this.observed(response), event, context);
      return await this.whole({ ...response, body: await collect(response.body, this.replyBytes) });
    } catch (error) {
      return this.refuse(error, response);
    }
  }

  private whole(response: WholeResponse): Result | Promise<Result> {
    const size = sizeOver(response.body, this.replyBytes);
    if (size !== undefined) throw replyTooLarge(String(size), this.replyBytes);
    const result = this.adapter.toResult(response, this.event, this.context);
    if (isPromise(result)) return result.then((settled) => this.recorded(response, settled));
    return this.recorded(response, result);
  }

  private recorded(response: WholeResponse, result: Result): Result {
    this.observation?.end(response, byteSize(response.body));
    return result;
  }

  /** The same response, with its end recorded. */
  private observed(response: StreamedResponse): StreamedResponse {
    const body = new WatchedBody(response.body, (error) => {
      const problem = error === undefined ? undefined : this.problem(error);
      const outcome = response.outcome && { ...response.outcome, error: problem?.outcome?.error };
      // Before the first byte, the problem can still be sent.
      const { status } = body.bytes === 0 && problem !== undefined ? problem : response;
      this.observation?.end({ ...response, status, outcome }, body.bytes);
    });
    return { ...response, body };
  }

  /** The problem in place of a response that could not be sent. */
  private refuse(error: unknown, response: InferenceResponse): Result | Promise<Result> {
    const problem = this.problem(error);
    const outcome = response.outcome && { ...response.outcome, error: problem.outcome?.error };
    this.observation?.end({ ...problem, outcome }, byteSize(problem.body));
    return this.adapter.toResult(problem, this.event, this.context);
  }

  /** Logs the error, once: a stream also hands its error to the adapter, which may rethrow it. */
  private problem(error: unknown): WholeResponse {
    if (this.refused === undefined || this.refused.error !== error)
      this.refused = { error, problem: this.handler.problem(error, this.invocation as Invocation, this.request) };
    return this.refused.problem;
  }

  private get replyBytes(): number {
    return this.adapter.platform.replyBytes ?? Number.POSITIVE_INFINITY;
  }
}
