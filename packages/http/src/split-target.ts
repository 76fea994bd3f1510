import type { RequestHead } from "@tricast/core/adapter";

/**
 * The path and the query of a request target, as sent. A target is a path, `*`, or a whole URL if the client uses
 * the server as a proxy (RFC 9112, 3.2).
 */
export function splitTarget(target: string): Pick<RequestHead, "path" | "query"> {
  const origin = target.startsWith("/") ? target : withoutAuthority(target);
  const mark = origin.indexOf("?");
  return mark === -1 ? { path: origin, query: "" } : { path: origin.slice(0, mark), query: origin.slice(mark + 1) };
}

function withoutAuthority(target: string): string {
  const authority = /^https?:\/\/[^/?]*/i.exec(target)?.[0];
  if (authority === undefined) return target;
  const rest = target.slice(authority.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
