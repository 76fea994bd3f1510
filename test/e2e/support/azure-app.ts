import { type Entries, type TemporaryApp, temporaryApp } from "./temporary-app.ts";

/** An app for Azure: the library is inside the bundle, only the virtual core module stays outside. */
export function azureApp(
  entries: Entries,
  manifest: Readonly<Record<string, unknown>> = { main: "dist/*.js" },
): Promise<TemporaryApp> {
  return temporaryApp(entries, {
    external: ["@azure/functions-core"],
    manifest,
    files: { "host.json": JSON.stringify({ version: "2.0" }) },
  });
}
