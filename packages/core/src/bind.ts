import { byteSize, sizeOver } from "./body/text.ts";
import { isPromise } from "./is-promise.ts";
import { accessLog, accessLogFraction, Observation, type Recorder } from "./observe.ts";
import { collect, isStreamed, replyTooLarge, WatchedBody } from "./pipeline/stream.ts";
import type {
  Adapter,
  InferenceRequest,
  InferenceResponse,
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

/** A service, or anything else that answers requests; pings need one that can `warm`. */
type Bindable = RequestHandler & Partial<Pick<Service, "warm">>;

/**
 * The function a platform calls: pings are warmed and answered, everything else is handled. Every request leaves
 * one span and one record, however it ends.
 * @throws {TricastError} `invalid-option` for `TRICAST_ACCESS_LOG`.
 */
export function bind<Event, Context, Result>(
  handler: Bindable,
  adapter: Adapter<Event, Context, Result>,
  options: BindOptions = {},
): (event: Event, context: Context) => Promise<Result> {
  const { replyBytes = Number.POSITIVE_INFINITY } = adapter.platform;
  const { recorder = accessLog(adapter.platform, accessLogFraction()) } = options;

  // Two declared parameters and no more: a third would make Lambda's runtime take it for a callback handler.
  return async (event, context) => {
    const ping = handler.warm === undefined ? undefined : adapter.toPing(event, context);
    if (ping !== undefined) return adapter.toPong(await (handler as Service).warm(ping), ping, event, context);
    let invocation = adapter.toInvocation(event, context);
    const isObserved = recorder !== undefined || currentTracer() !== undefined;
    const observation = isObserved ? new Observation(invocation, recorder) : undefined;
    let request: InferenceRequest | undefined;
    let refused: { readonly error: unknown; readonly problem: WholeResponse } | undefined;
    // Logged once: a stream also hands its error to the adapter, which may rethrow it.
    const refuse = (error: unknown): WholeResponse => {
      if (refused?.error !== error) refused = { error, problem: handler.problem(error, invocation, request) };
      return (refused as { readonly problem: WholeResponse }).problem;
    };
    let response: InferenceResponse;
    try {
      const translated = adapter.toRequest(event, context);
      const asked = isPromise(translated) ? await translated : translated;
      request = asked;
      invocation = observation?.begin(asked) ?? invocation;
      const answer = (): Promise<InferenceResponse> => handler.handle(asked, invocation);
      response = await (observation === undefined ? answer() : observation.within(answer));
    } catch (error) {
      response = refuse(error);
    }
    return reply(response, refuse, observation, event, context);
  };

  /** If the platform cannot carry the reply, answers with a problem instead. */
  async function reply(
    response: InferenceResponse,
    refuse: (error: unknown) => WholeResponse,
    observation: Observation | undefined,
    event: Event,
    context: Context,
  ): Promise<Result> {
    try {
      if (isStreamed(response) && adapter.toStreamedResult !== undefined)
        return await adapter.toStreamedResult(observed(response, refuse, observation), event, context);
      const whole = isStreamed(response) ? await collected(response, replyBytes) : (response as WholeResponse);
      const size = sizeOver(whole.body, replyBytes);
      if (size !== undefined) throw replyTooLarge(String(size), replyBytes);
      const result = await adapter.toResult(whole, event, context);
      observation?.end(whole, byteSize(whole.body));
      return result;
    } catch (error) {
      const problem = refuse(error);
      const outcome = response.outcome && { ...response.outcome, error: problem.outcome?.error };
      observation?.end({ ...problem, outcome }, byteSize(problem.body));
      return adapter.toResult(problem, event, context);
    }
  }
}

async function collected(response: StreamedResponse, maxBytes: number): Promise<WholeResponse> {
  return { ...response, body: await collect(response.body, maxBytes) };
}

/** The same response, with its end recorded. `refuse` logs the error of a stream that fails. */
function observed(
  response: StreamedResponse,
  refuse: (error: unknown) => WholeResponse,
  observation: Observation | undefined,
): StreamedResponse {
  const body = new WatchedBody(response.body, (error) => {
    const problem = error === undefined ? undefined : refuse(error);
    const outcome = response.outcome && { ...response.outcome, error: problem?.outcome?.error };
    // Before the first byte, the client can still be sent the problem.
    const { status } = body.bytes === 0 && problem !== undefined ? problem : response;
    observation?.end({ ...response, status, outcome }, body.bytes);
  });
  return { ...response, body };
}
