import { isPromise } from "./model/cache.ts";
import type { Adapter, InferenceRequest, InferenceResponse, Service } from "./seam.ts";
import type { WarmupPing } from "./warmup/ping.ts";

/** The function a platform calls: pings are warmed and answered, everything else goes through the service. */
export function bind<Event, Context, Result>(
  service: Service,
  adapter: Adapter<Event, Context, Result>,
): (event: Event, context: Context) => Promise<Result> {
  const warm = async (ping: WarmupPing, event: Event, context: Context): Promise<Result> =>
    adapter.toPong(await service.warm(ping), ping, event, context);

  // `then`, because an async function would allocate some 300 bytes more for each invocation, in the same time.
  const answer = (event: Event, context: Context): Promise<Result> => {
    const invocation = adapter.toInvocation(event, context);
    let request: InferenceRequest | undefined;
    const refuse = async (error: unknown): Promise<Result> =>
      adapter.toResult(service.problem(error, invocation, request), event, context);
    // A reply that the adapter refuses becomes a problem too.
    const reply = (response: InferenceResponse): Result | Promise<Result> => {
      try {
        const result = adapter.toResult(response, event, context);
        return isPromise(result) ? result.catch(refuse) : result;
      } catch (error) {
        return refuse(error);
      }
    };
    const serve = (translated: InferenceRequest): Promise<Result> => {
      request = translated;
      return service.handle(translated, invocation).then(reply);
    };
    try {
      const translated = adapter.toRequest(event, context);
      return isPromise(translated) ? translated.then(serve, refuse) : serve(translated);
    } catch (error) {
      return refuse(error);
    }
  };

  // Two declared parameters and no more: a third would make Lambda's runtime take it for a callback handler.
  return (event, context) => {
    try {
      const ping = adapter.toPing(event, context);
      return ping === undefined ? answer(event, context) : warm(ping, event, context);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}
