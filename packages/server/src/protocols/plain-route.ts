import type { Route } from "../route.ts";
import { plainError } from "./plain-error.ts";

/** A route whose errors have the form of {@link plainError}. */
export function plainRoute(
  method: string,
  path: string,
  kind: Route["kind"],
  operation: string,
  handle: Route["handle"],
): Route {
  return { method, path, kind, operation, handle, problem: plainError };
}
