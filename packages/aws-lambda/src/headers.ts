import type { ReceivedRequest, WholeResponse } from "@tricast/core/adapter";

type RequestHeaders = ReceivedRequest["headers"];
type ResponseHeaders = WholeResponse["headers"];

export const NO_HEADERS: RequestHeaders = Object.freeze({});

/** Header names of any case to lower case, several values of one name joined. */
export function lowerHeaders(
  headers: Readonly<Record<string, string | readonly string[] | null | undefined>> | null | undefined,
): RequestHeaders {
  if (headers === null || headers === undefined) return NO_HEADERS;
  // Without a prototype: a client may send a header named `constructor`.
  const lower: Record<string, string> = Object.create(null);
  for (const name in headers) {
    const value = headers[name];
    if (value === null || value === undefined) continue;
    const key = name.toLowerCase();
    const separator = separatorOf(key);
    const text = typeof value === "string" ? value : value.join(separator);
    const before = lower[key];
    lower[key] = before === undefined ? text : before + separator + text;
  }
  return lower;
}

/** Cookies are the one header whose repeats are joined with a semicolon (RFC 9113, 8.2.3). */
function separatorOf(name: string): string {
  return name === "cookie" ? "; " : ", ";
}

/** One string for each header, for replies that have no list of values; a header of no values is none. */
export function joinHeaders(headers: ResponseHeaders): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name] as string | readonly string[];
    if (typeof value === "string") joined[name] = value;
    else if (value.length > 0) joined[name] = value.join(", ");
  }
  return joined;
}

/** Every header as the list of its values. */
export function listHeaders(headers: ResponseHeaders): Record<string, string[]> {
  const lists: Record<string, string[]> = {};
  for (const name in headers) {
    const value = headers[name] as string | readonly string[];
    lists[name] = typeof value === "string" ? [value] : [...value];
  }
  return lists;
}

/**
 * One string for each header where the reply has no place for repeats. Cookies cannot be joined with commas
 * (RFC 6265, 3), so each further one takes a name that differs in case: the load balancer keys headers by their
 * exact name and sends every one, and names are the same to the client whatever their case.
 */
export function spreadHeaders(headers: ResponseHeaders): Record<string, string> {
  const cookies = headers["set-cookie"];
  if (cookies === undefined || typeof cookies === "string") return joinHeaders(headers);
  const { "set-cookie": _cookies, ...rest } = headers;
  const spread = joinHeaders(rest);
  for (const [index, cookie] of cookies.entries()) spread[caseVariant("set-cookie", index)] = cookie;
  return spread;
}

/** The `index`-th way to write `name`: the bits of the number choose the capitals. `set-cookie` has 512. */
export function caseVariant(name: string, index: number): string {
  let bits = index;
  let variant = "";
  for (const letter of name) {
    const isLetter = letter >= "a" && letter <= "z";
    variant += isLetter && bits % 2 === 1 ? letter.toUpperCase() : letter;
    if (isLetter) bits = Math.floor(bits / 2);
  }
  return variant;
}
