/** Where a request is for: the path as sent, and the query without its question mark. */
export interface Target {
  readonly path: string;
  readonly query: string;
}

/** RFC 9112, 3.2: a path, or for clients that take us for a proxy a whole URL, or `*`. */
export function toTarget(url: string): Target {
  const origin = url.startsWith("/") ? url : withoutAuthority(url);
  const mark = origin.indexOf("?");
  return mark === -1 ? { path: origin, query: "" } : { path: origin.slice(0, mark), query: origin.slice(mark + 1) };
}

function withoutAuthority(url: string): string {
  const authority = /^https?:\/\/[^/?]*/i.exec(url)?.[0];
  if (authority === undefined) return url;
  const rest = url.slice(authority.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
