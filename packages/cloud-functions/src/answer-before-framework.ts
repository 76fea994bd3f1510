import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import type { HttpHandler } from "./http-request.ts";

/** Published by Node before a server emits `request` (nodejs.org/api/diagnostics_channel.html, built-in channels). */
const REQUEST_START = "http.server.request.start";

/**
 * Puts `handler` in the place of the framework's Express application, on the framework's own server, when `name` is
 * the function this process was started for.
 *
 * Why: the application parses every body before it calls a function. It answers malformed JSON itself, with an HTML
 * page; it inflates compressed bodies up to 1 GB; it answers /favicon.ico and undecodable paths alone; and on
 * an uncaught error it sends the message to whichever client came last (functions-framework: src/server.ts,
 * src/invoker.ts). Clients would see a different service on this cloud.
 *
 * Nothing global is patched: the first request tells us the server, and its one listener is exchanged. Anything that
 * does not look exactly like the framework's application is left alone, and the handler then runs inside it.
 */
export function answerBeforeFramework(name: string, handler: HttpHandler): void {
  const seen = new WeakSet<Server>();
  subscribe(REQUEST_START, (message) => {
    const { server } = message as { readonly server: Server };
    if (seen.has(server)) return;
    seen.add(server);
    const [application, ...others] = server.listeners("request");
    if (others.length > 0 || !isFrameworkApplication(application) || frameworkTarget() !== name) return;
    server.removeAllListeners("request");
    server.on("request", handler);
  });
}

interface ExpressLayer {
  readonly name?: string;
}

/** By the middleware that only the framework installs; `router` is Express 5, `_router` Express 4. */
function isFrameworkApplication(application: unknown): boolean {
  if (typeof application !== "function") return false;
  const { router, _router } = application as { router?: unknown; _router?: unknown };
  const stack = ((router ?? _router) as { stack?: unknown } | undefined)?.stack;
  const names = Array.isArray(stack) ? (stack as ExpressLayer[]).map((layer) => layer.name) : [];
  // Event functions need the parsers: the framework rebuilds the event from what they make.
  return names.includes("executionContextMiddleware") && !names.includes("legacyPubSubEventMiddleware");
}

/** As the framework reads it: the flag, then the variable, then `function` (functions-framework: src/options.ts). */
function frameworkTarget(): string {
  const args = process.argv.slice(2);
  const joined = args.findLast((arg) => arg.startsWith("--target="));
  if (joined !== undefined) return joined.slice("--target=".length);
  const flag = args.lastIndexOf("--target");
  return (flag === -1 ? undefined : args[flag + 1]) ?? process.env.FUNCTION_TARGET ?? "function";
}
