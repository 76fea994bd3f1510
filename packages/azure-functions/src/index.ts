export { type AzureFunctionsOptions, azureFunctions } from "./azure-functions.ts";
export { type AzureFunctionsEventOptions, azureFunctionsEvent } from "./azure-functions-event.ts";
export type { AzureEventSource } from "./event-sources.ts";
