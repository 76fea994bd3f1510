import { type LambdaContext, lambda } from "@tricast/aws-lambda";
import type { AnyPredictor } from "@tricast/core";
import { bind, createService } from "@tricast/core/adapter";
import type { HostOptions } from "@tricast/core/testing";
import { adapterOf, lambdaAdapters } from "../../../packages/aws-lambda/src/adapters.ts";
import { AWS_EVENT_SOURCES } from "../../events/aws/sources.ts";
import { ALB_PAYLOAD_BYTES } from "../../events/aws/wire.ts";
import type { EventSource } from "../../events/event-source.ts";
import { type ContractHost, contractHost } from "./contract-host.ts";

const { "http-v2": gateway, alb } = lambdaAdapters();

/** Sources whose events have the stage `prod`. */
const STAGED = ["REST API (payload 1.0)", "HTTP API (payload 1.0)", "HTTP API with a named stage"];

export const AWS_HOSTS: readonly ContractHost[] = AWS_EVENT_SOURCES.map(awsHost);

function awsHost(source: EventSource): ContractHost {
  const isAlb = source.name.startsWith("ALB");
  return contractHost({
    name: source.name,
    platform: (isAlb ? alb : gateway).platform,
    pings: "http",
    deadline: "settable",
    guards: true,
    ...(STAGED.includes(source.name) && { prefix: "/prod" }),
    ...(isAlb && { largestBody: ALB_PAYLOAD_BYTES }),
    start(predictor, options) {
      const handler = handlerOf(predictor, options);
      return {
        async send(request) {
          // As JSON, because that is how an event reaches Lambda's runtime client.
          const event = JSON.parse(JSON.stringify(source.build(request)));
          return source.read(await handler(event, lambdaContext(options.remainingMs)), event);
        },
        close: () => {},
      };
    },
  });
}

type Handler = (event: unknown, context: LambdaContext) => Promise<unknown>;

/** `lambda()` takes no guard, so a case that has one gets the adapters that `lambda()` binds. */
function handlerOf(predictor: AnyPredictor, { serviceOptions }: HostOptions): Handler {
  if (serviceOptions === undefined) return lambda(predictor);
  const service = createService(predictor, { platform: gateway.platform, ...serviceOptions });
  const adapters = lambdaAdapters(predictor.definition.warmup?.http);
  return async (event, context) => {
    const adapter = adapterOf(adapters, event);
    if (adapter === undefined) throw new Error("an SQS batch is not a request");
    return bind(service, adapter)(event, context);
  };
}

let invocations = 0;

/** The context of one invocation that begins now. */
export function lambdaContext(remainingMs = 3_000): LambdaContext {
  const deadline = Date.now() + remainingMs;
  return {
    awsRequestId: `8476a536-e9f4-11e8-9739-${String(++invocations).padStart(12, "0")}`,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}
