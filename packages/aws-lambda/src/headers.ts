import type { ReceivedRequest, WholeResponse } from "@tricast/core/adapter";

type RequestHeaders = ReceivedRequest["headers"];
type ResponseHeaders = WholeResponse["headers"];

export const NO_HEADERS: RequestHeaders = Object.freeze({});

/** Headers as events have them: tools other than AWS write numbers, `null` and other values as well. */
export type EventHeaders = Readonly<Record<string, unknown>> | null | undefined;

/** The last headers that {@link asLowerHeaders} saw: an adapter needs them three times for each event. */
let last: { readonly given: EventHeaders; readonly lower: RequestHeaders } = { given: null, lower: NO_HEADERS };

/** The headers themselves if their names are lower-case and their values text, else as {@link lowerHeaders}. */
export function asLowerHeaders(given: EventHeaders): RequestHeaders {
  if (given !== last.given) last = { given, lower: isLower(given) ? given : lowerHeaders(given) };
  return last.lower;
}

function isLower(headers: EventHeaders): headers is RequestHeaders {
  if (typeof headers !== "object" || headers === null) return false;
  for (const name in headers) if (typeof headers[name] !== "string" || !isLowerName(name)) return false;
  return true;
}

/** Names seen, which most requests repeat: `toLowerCase` takes twice as long, and 300 bytes for ten names. */
const lowerNames = new Set<string>();
const MOST_NAMES = 1000;

function isLowerName(name: string): boolean {
  if (lowerNames.has(name)) return true;
  if (name.toLowerCase() !== name) return false;
  // Clients choose names.
  if (lowerNames.size < MOST_NAMES) lowerNames.add(name);
  return true;
}

/**
 * Headers with lower-case names, several values of one name joined. A header without values is dropped, and so is a value
 * that cannot come from a client: anything except text, numbers and booleans.
 */
export function lowerHeaders(headers: EventHeaders): RequestHeaders {
  if (typeof headers !== "object" || headers === null) return NO_HEADERS;
  // Without a prototype: a client may send a header named `constructor`.
  const lower: Record<string, string> = Object.create(null);
  for (const name in headers) {
    const key = name.toLowerCase();
    const separator = separatorOf(key);
    const values = [headers[name]].flat().filter(isPlain);
    if (values.length === 0) continue;
    const text = values.join(separator);
    const before = lower[key];
    lower[key] = before === undefined ? text : before + separator + text;
  }
  return lower;
}

/** The headers of events that have two maps; a name in both is read from `lists`. */
export function mergeHeaders(lists: EventHeaders, singles: EventHeaders): RequestHeaders {
  const listed = lowerHeaders(lists);
  const names = Object.keys(singles ?? {}).filter((name) => !Object.hasOwn(listed, name.toLowerCase()));
  if (names.length === 0) return listed;
  const rest = lowerHeaders(Object.fromEntries(names.map((name) => [name, singles?.[name]])));
  return Object.assign(Object.create(null), rest, listed);
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** Cookies are the one header whose repeats are joined with a semicolon (RFC 9113, 8.2.3). */
function separatorOf(name: string): string {
  return name === "cookie" ? "; " : ", ";
}

/** One string for each header, for replies without lists of values. A header without values is dropped. */
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
 * exact name and sends every one, and clients ignore the case of names.
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
