import { isPromise } from "./model/cache.ts";
import type { Adapter, InferenceRequest, Service } from "./seam.ts";

/** The function a platform calls: pings are warmed and answered, everything else goes through the service. */
export function bind<Event, Context, Result>(
  service: Service,
  adapter: Adapter<Event, Context, Result>,
): (event: Event, context: Context) => Promise<Result> {
  // Two declared parameters and no more: a third would make Lambda's runtime take it for a callback handler.
  return async (event, context) => {
    const ping = adapter.toPing(event, context);
    if (ping !== undefined) return adapter.toPong(await service.warm(ping), ping, event, context);
    const invocation = adapter.toInvocation(event, context);
    let request: InferenceRequest | undefined;
    try {
      const translated = adapter.toRequest(event, context);
      request = isPromise(translated) ? await translated : translated;
      const response = await service.handle(request, invocation);
      // Awaited here, so that a reply the adapter refuses becomes a problem too.
      return await adapter.toResult(response, event, context);
    } catch (error) {
      return adapter.toResult(service.problem(error, invocation, request), event, context);
    }
  };
}
