import { subscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import type { HttpHandler } from "./http-request.ts";

/** Published by Node before a server emits `request` (nodejs.org/api/diagnostics_channel.html, built-in channels). */
const REQUEST_START = "http.server.request.start";

/**
 * Replaces the framework's Express application by `handler`, on the framework's own server, if `name` is the function
 * that this process was started for.
 *
 * Why: the application parses every body before it calls a function. It answers malformed JSON itself, with an HTML
 * page; it inflates compressed bodies up to 1 GB; it answers /favicon.ico and undecodable paths itself; and on
 * an uncaught error it sends the message to the client of the latest request (functions-framework: src/server.ts,
 * src/invoker.ts). Clients would see a different service on this cloud.
 *
 * Nothing global is patched: the first request shows the server, and its only listener is replaced. A listener that does
 * not look exactly like the framework's application stays, and the handler runs inside it.
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

/** By the middleware that only the framework installs. */
function isFrameworkApplication(listener: unknown): boolean {
  const names = middlewareOf(listener);
  // Event functions need the parsers: the framework rebuilds the event from their output.
  return names.includes("executionContextMiddleware") && !names.includes("legacyPubSubEventMiddleware");
}

interface Express {
  /** Of Express 4. */
  readonly _router?: Router;
  /** Of Express 5. */
  readonly router?: Router;
}

interface Router {
  readonly stack?: readonly { readonly name?: string }[];
}

/**
 * The names of an Express application's middleware. Must not throw, because an error here would end the process: the
 * listener may be any function, and Express 4 throws when `router` is read.
 */
function middlewareOf(listener: unknown): readonly (string | undefined)[] {
  try {
    const application = listener as Express;
    const { stack = [] } = application._router ?? application.router ?? {};
    return stack.map(({ name }) => name);
  } catch {
    return [];
  }
}

/** As the framework reads it: the flag, then the variable, then `function` (functions-framework: src/options.ts). */
function frameworkTarget(): string {
  const args = process.argv.slice(2);
  const joined = args.findLast((arg) => arg.startsWith("--target="));
  if (joined !== undefined) return joined.slice("--target=".length);
  const flag = args.lastIndexOf("--target");
  return (flag === -1 ? undefined : args[flag + 1]) ?? process.env.FUNCTION_TARGET ?? "function";
}
