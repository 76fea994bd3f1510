export type { LoadOptions, ModelHost } from "./model-host.ts";
export type { Protocol, Route, RouteCall, RouteKind } from "./route.ts";
export type { ModelEntry, ServedModel } from "./served-model.ts";
export type { ServerSettings } from "./settings.ts";
