import { cloudEvent } from "@google-cloud/functions-framework";
import type { AnyPredictor } from "@tricast/core";
import { bind, createService, refuseUnknown } from "@tricast/core/adapter";
import { checkName } from "./check-name.ts";
import type { CloudEvent } from "./cloud-event.ts";
import { keepContentType } from "./content-type.ts";
import { drainOnStop } from "./drain-on-stop.ts";
import { createEventAdapter } from "./event-adapter.ts";
import { CLOUD_FUNCTIONS } from "./platform.ts";

export interface CloudFunctionsEventOptions {
  /** Name to register with the framework, which `--target` or `FUNCTION_TARGET` selects. Default: the predictor's own name. */
  readonly name?: string;
}

export type CloudEventHandler = (event: CloudEvent) => Promise<void>;

/**
 * Registers a predictor as a CloudEvent function of functions-framework, begins to load its model, and returns the handler.
 *
 * The input is the event's data, of its content type; for a Pub/Sub message, its decoded bytes. An event has no caller to answer, so `predict`
 * stores or sends its output itself (the event is `invocation.native`). If `predict`
 * fails, the handler throws, so that the event is delivered again if retries are enabled.
 *
 * @throws {TricastError} `invalid-option`, naming the option, the value seen and the rule.
 */
export function cloudFunctionsEvent(
  predictor: AnyPredictor,
  options: CloudFunctionsEventOptions = {},
): CloudEventHandler {
  refuseUnknown(options, ["name"], "cloudFunctionsEvent");
  const { name = predictor.definition.name } = options;
  checkName(name);
  const service = createService(predictor, { platform: CLOUD_FUNCTIONS });
  const answer = bind(service, createEventAdapter());
  // One declared parameter: with two the framework takes it for a callback function (functions-framework: src/function_wrappers.ts).
  const handler: CloudEventHandler = async (event) => {
    const failure = await answer(event, undefined);
    if (failure !== undefined) throw failure;
  };
  cloudEvent(name, handler);
  keepContentType();
  drainOnStop(service);
  void service.start();
  return handler;
}
