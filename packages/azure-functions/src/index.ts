export { type AzureFunctionsOptions, azureFunctions } from "./azure-functions.ts";
