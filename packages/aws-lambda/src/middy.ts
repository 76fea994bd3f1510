import type { Predictor } from "@tricast/core";
import { createService, type Service } from "@tricast/core/adapter";
import { adapterOf, lambdaAdapters } from "./adapters.ts";
import type { LambdaContext } from "./context.ts";
import { checkOptions, type LambdaOptions } from "./options.ts";
import { AWS_LAMBDA } from "./platform.ts";

/** The member that the middleware adds to the context. */
export interface TricastInContext<M = unknown, Ms = unknown> {
  /** The loaded model of `model` or `load`. */
  readonly model: M;
  /** The loaded models of `models`, by name. */
  readonly models: Ms;
  /** Answers requests as `lambda()` does, for a handler that passes it requests of its own. */
  readonly service: Service;
}

/** The part of a middy request this middleware reads and writes. */
export interface MiddyRequest<Context> {
  readonly event: unknown;
  readonly context: Context;
}

/**
 * A middleware in the form of `@middy/core` 7's `MiddlewareObj`, described here so that only users of middy
 * install it. `Context` extends Lambda's context with `tricast`.
 */
export interface TricastMiddleware<M, Ms> {
  readonly name: string;
  // The type middy reads the handler's context from; the members of Lambda's own come with middy's types.
  before(request: MiddyRequest<MiddyContext & { tricast: TricastInContext<M, Ms> }>): Promise<unknown>;
}

/** Lambda's context as `@types/aws-lambda` describes it, which middy's types require. */
export interface MiddyContext extends LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  done(error?: Error, result?: unknown): void;
  fail(error: Error | string): void;
  succeed(messageOrObject: unknown): void;
  succeed(message: string, object: unknown): void;
}

/**
 * Puts the ready models of a predictor into `context.tricast` of a handler of your own, and answers warmup pings
 * before it. The models start loading at once. A model that cannot load rejects with the load's `TricastError`,
 * which middy passes to `onError`.
 *
 * @throws {TricastError} `invalid-option` for an option that does not exist.
 * @example
 * export const handler = middy()
 *   .use(tricast(predictor))
 *   .handler(async (event, { tricast }) => tricast.model.run(event));
 */
export function tricast<In, Out, M, Ms>(
  predictor: Predictor<In, Out, M, Ms>,
  options: LambdaOptions = {},
): TricastMiddleware<M, Ms> {
  const { basePath } = checkOptions(options);
  const service = createService(predictor, { platform: AWS_LAMBDA, basePath });
  const adapters = lambdaAdapters(predictor.definition.warmup?.http);
  void service.start();
  return {
    name: "tricast",
    async before({ event, context }) {
      const adapter = adapterOf(adapters, event);
      const ping = adapter?.toPing(event, context);
      if (adapter !== undefined && ping !== undefined) {
        return adapter.toPong(await service.warm(ping), ping, event, context);
      }
      const { model, models } = await service.models();
      context.tricast = { model: model as M, models: models as Ms, service };
      return undefined;
    },
  };
}
