export { fromServerless, type ServiceDescription } from "./from-serverless.ts";
export { ServerlessTricast, ServerlessTricast as default } from "./plugin.ts";
