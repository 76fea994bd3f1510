export type { CloudEvent } from "./cloud-event.ts";
export { type CloudFunctionsOptions, cloudFunctions } from "./cloud-functions.ts";
export {
  type CloudEventHandler,
  type CloudFunctionsEventOptions,
  cloudFunctionsEvent,
} from "./cloud-functions-event.ts";
export type { HttpHandler } from "./http-request.ts";
