export { type CloudFunctionsOptions, cloudFunctions, type HttpHandler } from "./cloud-functions.ts";
export {
  type CloudEvent,
  type CloudEventHandler,
  type CloudFunctionsEventOptions,
  cloudFunctionsEvent,
} from "./cloud-functions-event.ts";
export { CLOUD_FUNCTIONS_REPLY_BYTES } from "./reply-limit.ts";
