/** Characters that a percent-encoded path never contains, and a `%` that does not begin an escape. */
const NEVER_LITERAL = /[^\x21-\x7e]+|[?#]|%(?![0-9A-Fa-f]{2})/g;

/**
 * A percent-encoded path. HTTP APIs pass the path decoded; REST APIs, function URLs and load balancers pass it as sent.
 * Escaping only the characters that an encoded path cannot contain is right for both.
 */
export function encodedPath(path: string): string {
  if (path === "") return "/";
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    if (code <= 0x20 || code >= 0x7f || code === 0x23 || code === 0x3f || code === 0x25) {
      return path.replace(NEVER_LITERAL, percentEncode);
    }
  }
  return path;
}

function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

type Parameters = Readonly<Record<string, string | readonly string[] | null | undefined>>;

/** A query string from decoded parameters. */
export function encodedQuery(parameters: Parameters | null | undefined): string {
  return joinQuery(parameters, percentEncode);
}

/** A query string from parameters that are still percent-encoded. */
export function verbatimQuery(parameters: Parameters | null | undefined): string {
  return joinQuery(parameters, (text) => text);
}

function joinQuery(parameters: Parameters | null | undefined, encode: (text: string) => string): string {
  if (parameters === null || parameters === undefined) return "";
  const pairs: string[] = [];
  for (const name in parameters) {
    const value = parameters[name];
    if (value === null || value === undefined) continue;
    for (const one of typeof value === "string" ? [value] : value) pairs.push(`${encode(name)}=${encode(one)}`);
  }
  return pairs.join("&");
}
