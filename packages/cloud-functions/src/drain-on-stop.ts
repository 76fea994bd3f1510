import { subscribe } from "node:diagnostics_channel";
import type { Server, ServerResponse } from "node:http";
import type { Service } from "@tricast/core/adapter";

/** Cloud Run kills 10 s after SIGTERM (cloud.google.com/run/docs/container-contract); 2 s are left to release models. */
const IN_FLIGHT_MS = 8_000;
const CLOSE_MS = 1_000;

const SIGNALS = ["SIGTERM", "SIGINT"];

/**
 * What the functions of one process share. On `globalThis`, because several bundles may each carry a copy of this
 * file, while the process must be stopped once.
 */
interface Draining {
  readonly services: Service[];
  readonly servers: Set<Server>;
  readonly inFlight: Set<ServerResponse>;
  stopping: boolean;
}

const SLOT = Symbol.for("tricast.cloud-functions.draining");

/**
 * Makes a process of the framework finish the requests in flight before it exits: it stops accepting, waits up to
 * 8 s, closes the services, and exits with 0 (1 when requests had to be given up).
 *
 * The framework's own listeners exit at once and break every request in flight (functions-framework-nodejs#704).
 * Ours take their place, and theirs only, at the moment the framework adds them, which it does after it has loaded
 * the function; in any other process nothing is installed.
 */
export function drainOnStop(service: Service): void {
  const shared = globalThis as { [SLOT]?: Draining };
  if (shared[SLOT] !== undefined) {
    shared[SLOT].services.push(service);
    return;
  }
  const draining: Draining = { services: [service], servers: new Set(), inFlight: new Set(), stopping: false };
  shared[SLOT] = draining;
  subscribe("http.server.request.start", (message) => track(draining, message as RequestStart));
  const stop = () => void drainAndExit(draining);
  process.on("newListener", (event, listener) => {
    if (typeof event !== "string" || !SIGNALS.includes(event) || !isFrameworkStop(listener)) return;
    // Ours before theirs goes: with no listener at all, a signal that has just arrived would be lost.
    process.on(event, stop);
    // Theirs is added after this event; then it can be taken away.
    process.nextTick(() => process.removeListener(event, listener));
  });
}

interface RequestStart {
  readonly server: Server;
  readonly response: ServerResponse;
}

function track(draining: Draining, { server, response }: RequestStart): void {
  draining.servers.add(server);
  draining.inFlight.add(response);
  response.once("close", () => draining.inFlight.delete(response));
}

/** By the one function that the framework's listeners call (functions-framework: src/invoker.ts, ErrorHandler.register). */
function isFrameworkStop(listener: unknown): boolean {
  return typeof listener === "function" && Function.prototype.toString.call(listener).includes("sendCrashResponse");
}

async function drainAndExit(draining: Draining): Promise<void> {
  if (draining.stopping) return;
  draining.stopping = true;
  for (const server of draining.servers) server.close();
  const finished = await settlesWithin(whenIdle(draining), IN_FLIGHT_MS);
  await settlesWithin(Promise.all(draining.services.map((service) => service.close())), CLOSE_MS);
  process.exit(finished ? 0 : 1);
}

async function whenIdle({ servers, inFlight }: Draining): Promise<void> {
  while (inFlight.size > 0) {
    for (const response of inFlight) if (!response.headersSent) response.setHeader("connection", "close");
    const [first] = inFlight;
    await new Promise<void>((resolve) => first?.once("close", resolve));
  }
  for (const server of servers) server.closeIdleConnections();
}

/** True when `work` settles in time, however it does. */
function settlesWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds, false);
    const settle = () => {
      clearTimeout(timer);
      resolve(true);
    };
    work.then(settle, settle);
  });
}
