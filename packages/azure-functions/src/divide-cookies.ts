import type { Cookie } from "@azure/functions";
import { TricastError } from "@tricast/core";

export interface DividedCookies {
  /** Sent unchanged, in the one `set-cookie` header that the library's plain header map can carry. */
  readonly header: string | undefined;
  readonly cookies: Cookie[];
}

/**
 * Divides `Set-Cookie` values between the two outputs of a function for cookies.
 *
 * The library keeps the last of several `set-cookie` headers, so several cookies need its `cookies` array. The host
 * rewrites the cookies of that array: the value percent-encoded (`Uri.EscapeDataString`), `path=/` if the path is missing,
 * known attributes only (dotnet/aspnetcore: ResponseCookies.cs, CookieOptions.cs). The header carries one cookie
 * unchanged: a single cookie, or else the first cookie whose meaning the host would change. Any further such cookie is
 * rewritten, so its value arrives percent-encoded.
 *
 * @throws {TricastError} `internal` if the host refuses the name of a cookie, and the header already carries another.
 */
export function divideCookies(setCookies: readonly string[]): DividedCookies {
  if (setCookies.length < 2) return { header: setCookies[0], cookies: [] };
  const parsed = setCookies.map(parseSetCookie);
  const forHeader = parsed.findIndex((each) => !each.exact);
  const others = parsed.filter((_, index) => index !== forHeader);
  return { header: setCookies[forHeader], cookies: others.map(({ cookie }) => checkName(cookie)) };
}

interface ParsedCookie {
  readonly cookie: Cookie;
  /** Whether a cookie that the host has rewritten means the same to a client. */
  readonly exact: boolean;
}

function parseSetCookie(text: string): ParsedCookie {
  const [pair = "", ...attributes] = text.split(";");
  const equals = pair.indexOf("=");
  const name = pair.slice(0, Math.max(equals, 0)).trim();
  const { value, exact } = toHostValue(pair.slice(equals + 1).trim());
  const parsed = parseAttributes(attributes);
  return { cookie: { name, value, ...parsed.cookie }, exact: exact && parsed.exact && TOKEN.test(name) };
}

function parseAttributes(attributes: readonly string[]): { cookie: Partial<Cookie>; exact: boolean } {
  const cookie: Partial<Cookie> = {};
  let exact = true;
  for (const attribute of attributes) {
    const equals = attribute.indexOf("=");
    const name = (equals === -1 ? attribute : attribute.slice(0, equals)).trim().toLowerCase();
    const value = equals === -1 ? "" : attribute.slice(equals + 1).trim();
    const set = ATTRIBUTES[name];
    if (set === undefined || !set(cookie, value)) exact = false;
  }
  // Without a path the host writes "/", the default of CookieOptions.
  return { cookie, exact: exact && cookie.path !== undefined };
}

/** Each writes one attribute, and returns whether it could. */
const ATTRIBUTES: Readonly<Record<string, (cookie: Partial<Cookie>, value: string) => boolean>> = {
  expires(cookie, value) {
    const time = Date.parse(value);
    if (Number.isNaN(time)) return false;
    // The library drops times that are not after 1970 (toNullableTimestamp): one second later is as much in the past.
    cookie.expires = Math.max(time, 1000);
    return true;
  },
  "max-age"(cookie, value) {
    if (!/^-?\d+$/.test(value)) return false;
    // The host throws on a negative age (SetCookieHeaderValue.cs), which means "now" just as 0 does.
    cookie.maxAge = Math.max(Number(value), 0);
    return true;
  },
  domain(cookie, value) {
    cookie.domain = value;
    return value !== "";
  },
  path(cookie, value) {
    cookie.path = value;
    return value !== "";
  },
  secure(cookie) {
    cookie.secure = true;
    return true;
  },
  httponly(cookie) {
    cookie.httpOnly = true;
    return true;
  },
  samesite(cookie, value) {
    const known = (["Strict", "Lax", "None"] as const).find((each) => each.toLowerCase() === value.toLowerCase());
    if (known !== undefined) cookie.sameSite = known;
    return known !== undefined;
  },
};

/** The value that the host's encoding turns into `value`. `exact` is false if no value does. */
function toHostValue(value: string): { value: string; exact: boolean } {
  try {
    const decoded = decodeURIComponent(value);
    if (escapeDataString(decoded) === value) return { value: decoded, exact: true };
  } catch {
    // Not percent-encoded text. The host encodes the value directly.
  }
  return { value, exact: false };
}

/** .NET's `Uri.EscapeDataString`: all but the unreserved characters of RFC 3986. */
function escapeDataString(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** RFC 9110, 5.6.2. The host throws on any other name. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

function checkName(cookie: Cookie): Cookie {
  if (TOKEN.test(cookie.name)) return cookie;
  throw new TricastError(
    "internal",
    `the cookie name ${JSON.stringify(cookie.name)} is not a token (RFC 9110), which the Functions host refuses`,
  );
}
