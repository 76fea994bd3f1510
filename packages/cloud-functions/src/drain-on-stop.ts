import { subscribe } from "node:diagnostics_channel";
import type { Server, ServerResponse } from "node:http";
import type { Service } from "@tricast/core/adapter";
import { OpenReplies, settlesWithin } from "@tricast/http/node";

/** Cloud Run kills 10 s after SIGTERM (cloud.google.com/run/docs/container-contract); 2 s are left to release models. */
const IN_FLIGHT_MS = 8_000;
const CLOSE_MS = 1_000;

const SIGNALS = ["SIGTERM", "SIGINT"];

/**
 * State that the functions of one process share. On `globalThis`, because several bundles may each carry a copy of this
 * file, while the process must be stopped once.
 */
interface Draining {
  readonly services: Service[];
  readonly servers: Set<Server>;
  readonly replies: OpenReplies;
  stopping: boolean;
}

const SLOT = Symbol.for("tricast.cloud-functions.draining");

/**
 * Makes a process of the framework finish the requests in flight before it exits: it stops accepting, waits up to
 * 8 s, closes the services, and exits with 0 (1 when requests had to be given up).
 *
 * The framework's own listeners exit at once and break every request in flight (functions-framework-nodejs#704).
 * Ours replace only these listeners, when the framework adds them after it has loaded the function. In any other
 * process nothing is installed.
 */
export function drainOnStop(service: Service): void {
  const shared = globalThis as { [SLOT]?: Draining };
  if (shared[SLOT] !== undefined) {
    shared[SLOT].services.push(service);
    return;
  }
  const draining = { services: [service], servers: new Set<Server>(), replies: new OpenReplies(), stopping: false };
  shared[SLOT] = draining;
  subscribe("http.server.request.start", (message) => track(draining, message as RequestStart));
  const stop = () => void drainAndExit(draining);
  process.on("newListener", (event, listener) => {
    if (typeof event !== "string" || !SIGNALS.includes(event) || !isFrameworkStop(listener)) return;
    // Ours is added before theirs is removed: without any listener, a signal that has just arrived would be lost.
    process.on(event, stop);
    // Theirs is added after this event, so it can only be removed later.
    process.nextTick(() => process.removeListener(event, listener));
  });
}

interface RequestStart {
  readonly server: Server;
  readonly response: ServerResponse;
}

function track({ servers, replies, stopping }: Draining, { server, response }: RequestStart): void {
  servers.add(server);
  replies.add(response);
  if (stopping) endConnections(replies);
}

/** Recognised by the only function that the framework's listeners call (functions-framework: src/invoker.ts, ErrorHandler.register). */
function isFrameworkStop(listener: unknown): boolean {
  return typeof listener === "function" && Function.prototype.toString.call(listener).includes("sendCrashResponse");
}

async function drainAndExit(draining: Draining): Promise<void> {
  if (draining.stopping) return;
  draining.stopping = true;
  const { services, servers, replies } = draining;
  for (const server of servers) server.close();
  endConnections(replies);
  const finished = await settlesWithin(replies.none(), IN_FLIGHT_MS);
  for (const server of servers) server.closeIdleConnections();
  await settlesWithin(Promise.all(services.map((service) => service.close())), CLOSE_MS);
  process.exit(finished ? 0 : 1);
}

/**
 * Each connection ends with its last response, so that its client opens the next one to another instance. An earlier
 * response must not end it: requests that the client has sent later are in flight too.
 */
function endConnections(replies: OpenReplies): void {
  const last = new Map(Array.from(replies, (reply) => [reply.req.socket, reply]));
  for (const reply of replies) {
    if (reply.headersSent) continue;
    if (last.get(reply.req.socket) === reply) reply.setHeader("connection", "close");
    else reply.removeHeader("connection");
  }
}
