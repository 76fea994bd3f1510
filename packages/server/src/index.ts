export type { ModelOnDisk } from "./hosts/folder/scan-folder.ts";
export type { ServerOptions } from "./options/options.ts";
export { runServer } from "./run-server.ts";
export { createFolderServer, createServer, type FolderServerOptions, serve } from "./serve.ts";
export type { InferenceServer, StopReport } from "./server.ts";
export type { ServerSettings } from "./settings.ts";
