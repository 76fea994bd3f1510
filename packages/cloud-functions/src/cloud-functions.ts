import { http } from "@google-cloud/functions-framework";
import type { AnyPredictor } from "@tricast/core";
import { bind, createService, refuseUnknown } from "@tricast/core/adapter";
import { answerBeforeFramework } from "./answer-before-framework.ts";
import { checkName } from "./check-name.ts";
import { drainOnStop } from "./drain-on-stop.ts";
import { createHttpAdapter } from "./http-adapter.ts";
import type { HttpHandler } from "./http-request.ts";
import { CLOUD_FUNCTIONS } from "./platform.ts";

export interface CloudFunctionsOptions {
  /** Name to register with the framework, which `--target` or `FUNCTION_TARGET` selects. Default: the predictor's own name. */
  readonly name?: string;
  /** A path that means `/`, such as `/iris` if a load balancer mounts the function there. Default: none. */
  readonly basePath?: string;
}

const OPTION_NAMES = ["name", "basePath"];

/**
 * Registers a predictor as an HTTP function of functions-framework, begins to load its model, and returns the
 * handler, so that it can be exported or mounted elsewhere too.
 *
 * If the function is the target of a process of the framework, it gets requests before the framework's body parsers do,
 * so that malformed JSON gets the same response as on other clouds. SIGTERM then lets requests in flight finish.
 *
 * @throws {TricastError} `invalid-option`, naming the option, the value seen and the rule.
 * @example
 * import { cloudFunctions } from "@tricast/cloud-functions";
 * import predictor from "./predict.ts";
 * cloudFunctions(predictor);
 */
export function cloudFunctions(predictor: AnyPredictor, options: CloudFunctionsOptions = {}): HttpHandler {
  refuseUnknown(options, OPTION_NAMES, "cloudFunctions");
  const { name = predictor.definition.name, basePath } = options;
  checkName(name);
  const service = createService(predictor, { platform: CLOUD_FUNCTIONS, basePath });
  const answer = bind(service, createHttpAdapter(predictor.definition.warmup?.http));
  const handler: HttpHandler = (request, response) => answer(request, response);
  http(name, handler);
  answerBeforeFramework(name, handler);
  drainOnStop(service);
  void service.start();
  return handler;
}
