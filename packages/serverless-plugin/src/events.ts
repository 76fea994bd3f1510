import type { Endpoint } from "@tricast/plan";
import { type EventObject, type FunctionObject, isRecord } from "./serverless-api.ts";

/** An `httpApi` or `http` event, whichever way it is written. */
export interface Route {
  readonly kind: "http" | "rest";
  readonly method: string;
  /** With its slash; `/` for all paths. */
  readonly path: string;
  /** Whatever else the event says. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** The route of an event; `undefined` for events of other kinds. */
export function routeOf(event: EventObject): Route | undefined {
  const kind = "httpApi" in event ? "http" : "http" in event ? "rest" : undefined;
  if (kind === undefined) return undefined;
  const value = event.httpApi ?? event.http;
  if (typeof value === "string") {
    const [method = "*", path = "/"] = value.includes(" ") ? value.split(/\s+/) : ["*", value];
    return { kind, method, path: withSlash(path), rest: {} };
  }
  const { method = "*", path = "/", ...rest } = isRecord(value) ? value : {};
  return { kind, method: String(method), path: withSlash(String(path)), rest };
}

/** The event of a route, in the long form. */
export function eventOf({ kind, method, path, rest }: Route): EventObject {
  return { [kind === "http" ? "httpApi" : "http"]: { method, path, ...rest } };
}

/**
 * What the events of a function say of its endpoint: the kind, where it is mounted, and whether somebody decides who may
 * call. `undefined` where it has none.
 */
export function endpointOf({ events = [], url }: FunctionObject): Endpoint | undefined {
  const [route] = events.flatMap((event) => routeOf(event) ?? []);
  if (route !== undefined) return { kind: route.kind, path: mountOf(route.path), ...authOf(route) };
  if (url === undefined || url === false) return undefined;
  const isSigned = isRecord(url) && url.authorizer === "aws_iam";
  return { kind: "function-url", ...(isSigned ? { auth: "iam" } : {}) };
}

function mountOf(path: string): string {
  const mount = path.replace(/\/(predict|\{proxy\+\})$/, "");
  return /^(\/[\w.~-]+)+$/.test(mount) ? mount : "/";
}

/** An authorizer of the user's own is as good as signed requests: the endpoint is not open to everybody. */
function authOf({ rest }: Route): { readonly auth?: "iam" | "api-key" } {
  if (rest.private === true) return { auth: "api-key" };
  return rest.authorizer === undefined || rest.authorizer === null ? {} : { auth: "iam" };
}

function withSlash(path: string): string {
  if (path === "*") return "/";
  return path.startsWith("/") ? path : `/${path}`;
}
