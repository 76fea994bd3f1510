import type { AnyPredictor } from "@tricast/core";
import { bind, createService, runsJoined, type Service } from "@tricast/core/adapter";
import { type LambdaAdapters, lambdaAdapters } from "./adapters.ts";
import type { LambdaContext } from "./context.ts";
import { batchConsumer } from "./events/batch.ts";
import { detectEvent, type EventKind } from "./events/detect.ts";
import { DYNAMODB } from "./events/dynamodb.ts";
import { KINESIS } from "./events/kinesis.ts";
import { snsConsumer } from "./events/sns.ts";
import { SQS } from "./events/sqs.ts";
import { InvocationFailure } from "./failure.ts";
import { checkOptions, type LambdaOptions } from "./options.ts";
import { AWS_LAMBDA } from "./platform.ts";
import { readyInInit } from "./ready.ts";

/**
 * The function that Lambda's runtime client calls. It declares exactly two parameters: with a third, Node 24 fails at
 * init (`Runtime.CallbackHandlerDeprecated`).
 */
export interface LambdaHandler {
  (event: unknown, context: LambdaContext): Promise<unknown>;
  /**
   * Resolves when the model is warm, and on an on-demand instance at the latest 9.5 s after the process began,
   * because Lambda stops an init at 10 s and starts it over. Await it at the top level of an ES module, so
   * that provisioned concurrency does not count an instance as ready too early.
   */
  readonly ready: Promise<void>;
}

/**
 * The handler of a predictor, for these ways to invoke Lambda: API Gateway (REST and HTTP), function URL,
 * Application Load Balancer, VPC Lattice, SQS, SNS, Kinesis, DynamoDB streams, EventBridge and direct invocation. The model
 * starts loading at once.
 *
 * Over HTTP every failure is a problem response. Without HTTP a failure throws, so that Lambda marks the invocation as
 * failed. A batch of SQS, Kinesis or DynamoDB names the records that failed, and throws if no record was served.
 *
 * @throws {TricastError} `invalid-option` for an option that does not exist.
 * @example
 * export const handler = lambda(predictor);
 */
export function lambda(predictor: AnyPredictor, options: LambdaOptions = {}): LambdaHandler {
  const { basePath } = checkOptions(options);
  const service = createService(predictor, { platform: AWS_LAMBDA, basePath });
  const started = service.start();
  const handle = dispatch(service, lambdaAdapters(predictor.definition.warmup?.http), runsJoined(predictor));
  const handler = (event: unknown, context: LambdaContext): Promise<unknown> => handle(event, context ?? NO_CONTEXT);
  Object.defineProperty(handler, "ready", { get: () => readyInInit(started) });
  return handler as LambdaHandler;
}

/** A unit test, or a tool that runs handlers, may pass none. */
const NO_CONTEXT = { awsRequestId: "-" } as LambdaContext;

type Handle = (event: unknown, context: LambdaContext) => Promise<unknown>;

function dispatch(service: Service, adapters: LambdaAdapters, joins: boolean): Handle {
  const bound: Record<EventKind, Handle> = {
    "http-v2": bind(service, adapters["http-v2"]) as Handle,
    "http-v1": bind(service, adapters["http-v1"]) as Handle,
    alb: bind(service, adapters.alb) as Handle,
    "lattice-v2": bind(service, adapters["lattice-v2"]) as Handle,
    "lattice-v1": bind(service, adapters["lattice-v1"]) as Handle,
    websocket: bind(service, adapters.websocket) as Handle,
    sqs: batchConsumer(service, SQS, joins) as Handle,
    kinesis: batchConsumer(service, KINESIS, joins) as Handle,
    dynamodb: batchConsumer(service, DYNAMODB, joins) as Handle,
    sns: throwing(snsConsumer(service) as Handle),
    "event-bridge": throwing(bind(service, adapters["event-bridge"]) as Handle),
    unsupported: throwing(bind(service, adapters.unsupported) as Handle),
    direct: throwing(bind(service, adapters.direct)),
  };
  return (event, context) => bound[detectEvent(event)](event, context);
}

/** Without HTTP only a thrown error makes Lambda mark the invocation as failed. */
function throwing(handle: Handle): Handle {
  return async (event, context) => {
    const result = await handle(event, context);
    if (result instanceof InvocationFailure) throw result;
    return result;
  };
}
