import type { Endpoint } from "@tricast/plan";
import { type EventObject, type FunctionObject, isRecord } from "./serverless-api.ts";

/** The key of an event, by kind of endpoint. */
const KEYS = { http: "httpApi", rest: "http" } as const;

/** An `httpApi` or `http` event, in its short or long form. */
export interface Route {
  readonly kind: keyof typeof KEYS;
  readonly method: string;
  /** As written; `*` for all paths. */
  readonly path: string;
  /** The other keys of the event. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** The route of an event; `undefined` for events of other kinds. */
export function routeOf(event: EventObject): Route | undefined {
  const kind = "httpApi" in event ? "http" : "rest";
  const value = event[KEYS[kind]];
  if (value === undefined) return undefined;
  const [shortMethod, shortPath] = typeof value === "string" ? value.split(/\s+/) : [];
  const { method = shortMethod ?? "*", path = shortPath ?? "*", ...rest } = isRecord(value) ? value : {};
  return { kind, method: String(method), path: String(path), rest };
}

/** The event of a route, in the long form. */
export function eventOf({ kind, method, path, rest }: Route): EventObject {
  return { [KEYS[kind]]: { method, path, ...rest } };
}

/**
 * The endpoint that the events of a function describe: its kind, its path, and whether an authorizer protects it.
 * `undefined` without an endpoint.
 */
export function endpointOf({ events = [], url }: FunctionObject): Endpoint | undefined {
  const [route] = events.flatMap((event) => routeOf(event) ?? []);
  if (route !== undefined) return { kind: route.kind, path: mountOf(route.path), ...authOf(route) };
  if (url === undefined || url === false) return undefined;
  const isSigned = isRecord(url) && url.authorizer === "aws_iam";
  return { kind: "function-url", ...(isSigned ? { auth: "iam" } : {}) };
}

/** REST APIs accept paths without the first slash. */
function mountOf(path: string): string {
  const mount = path.replace(/^\/?/, "/").replace(/\/(predict|\{proxy\+\})$/, "");
  return /^(\/[\w.~-]+)+$/.test(mount) ? mount : "/";
}

/** Any authorizer counts as signed requests, because it closes the endpoint to the public. */
function authOf({ rest }: Route): { readonly auth?: "iam" | "api-key" } {
  if (rest.private === true) return { auth: "api-key" };
  return rest.authorizer === undefined || rest.authorizer === null ? {} : { auth: "iam" };
}
