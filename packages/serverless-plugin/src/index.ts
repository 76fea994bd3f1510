export { ServerlessTricast as default } from "./plugin.ts";
