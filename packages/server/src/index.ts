export type { ModelOnDisk } from "./hosts/folder/scan-folder.ts";
export type { LoadOptions, ModelHost, RunnableHost } from "./model-host.ts";
export { OPTIONS as SERVER_OPTIONS, type ServerOptions } from "./options/options.ts";
export type { Protocol, Route, RouteCall, RouteKind } from "./route.ts";
export { runServer } from "./run-server.ts";
export { createFolderServer, createServer, type FolderServerOptions, serve } from "./serve.ts";
export type { ModelEntry, ServedModel } from "./served-model.ts";
export type { InferenceServer, StopReport } from "./server.ts";
export type { ServerSettings } from "./settings.ts";
