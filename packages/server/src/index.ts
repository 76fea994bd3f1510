export type { LoadOptions, ModelHost, RunnableHost } from "./model-host.ts";
export { OPTIONS as SERVER_OPTIONS, type ServerOptions } from "./options/options.ts";
export type { Protocol, Route, RouteCall, RouteKind } from "./route.ts";
export { createServer, serve } from "./serve.ts";
export type { ModelEntry, ServedModel } from "./served-model.ts";
export type { InferenceServer, StopReport } from "./server.ts";
export type { ServerSettings } from "./settings.ts";
