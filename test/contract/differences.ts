import type { Differences } from "@tricast/core/testing";
import { rawParameters } from "../events/aws/wire.ts";

const joinedWithComma = (values: readonly string[]): string => values.join(",");
const lastOnly = (values: readonly string[]): string => values.at(-1) ?? "";
const oneLine = (values: readonly string[]): readonly string[] => [values.join(", ")];
const asText = (sent: Uint8Array): Uint8Array => Buffer.from(Buffer.from(sent).toString("utf8"));

const TEXT_BODY: Differences = {
  textBody: {
    because:
      "the platform carries application/json as text in the event, so bytes that are not UTF-8 are U+FFFD by then",
    expect: asText,
  },
};

const ONE_REPLY_LINE = {
  because: "the reply has one string a header name",
  expect: oneLine,
};

/** Of every reply of a function on Lambda. */
const LAMBDA: Differences = {
  ...TEXT_BODY,
  replySize: {
    because: "the reply is JSON, in which bytes are base64",
    expect: { perByte: 4 / 3, envelopeBytes: 65_536 },
  },
};

const V2: Differences = {
  ...LAMBDA,
  repeatedHeader: { because: "format 2.0 joins repeats with a comma and no space", expect: joinedWithComma },
  repeatedReplyHeader: ONE_REPLY_LINE,
};

const HTTP_API: Differences = {
  ...V2,
  path: {
    because: "HTTP APIs hand the path over decoded, so that an encoded slash is a slash",
    expect: decodedSlashes,
  },
};

const V1: Differences = {
  ...LAMBDA,
  query: {
    because: "format 1.0 has decoded parameters grouped by name in place of a query string",
    expect: (sent) => rebuilt(sent, (text) => encodeURIComponent(decodeForm(text)), allValues),
  },
};

const ALB: Differences = {
  ...LAMBDA,
  query: {
    because: "the load balancer groups parameters by name, still percent-encoded, and gives bare names a value",
    expect: (sent) => rebuilt(sent, asSent, allValues),
  },
};

/** Of servers that make web requests and responses. */
const WEB: Differences = {
  query: {
    because: "a WHATWG URL percent-encodes quotes and angle brackets",
    expect: encodedQuotes,
  },
  repeatedReplyHeader: { because: "web headers join repeats, but for Set-Cookie", expect: oneLine },
};

/** Of every request of a function on Azure. */
const AZURE: Differences = {
  path: {
    because: "the host decodes the path and encodes it again, but for the slash",
    expect: (sent) => sent.replaceAll("%2f", "%2F").replaceAll("%41", "A").replaceAll("%c3%a9", "%C3%A9"),
  },
  query: {
    because: "the library reads the query from a WHATWG URL, which percent-encodes quotes and angle brackets",
    expect: encodedQuotes,
  },
  repeatedHeader: { because: "the host joins repeats with a comma and no space", expect: joinedWithComma },
  cookieLines: { because: "the host joins repeats of any header with a comma", expect: joinedWithComma },
};

const BY_SOURCE: Readonly<Record<string, Differences>> = {
  "HTTP API (payload 2.0)": HTTP_API,
  "HTTP API with a named stage": HTTP_API,
  "function URL": V2,
  "REST API (payload 1.0)": V1,
  "HTTP API (payload 1.0)": V1,
  "ALB, multi-value headers": ALB,
  "ALB, single-value headers": {
    ...LAMBDA,
    query: {
      because: "without multi-value headers the load balancer keeps the last value of each parameter",
      expect: (sent) => rebuilt(sent, asSent, lastValue),
    },
    repeatedHeader: {
      because: "without multi-value headers the load balancer keeps the last value of each header",
      expect: lastOnly,
    },
    cookieLines: { because: "a repeated header, of which the load balancer keeps the last", expect: lastOnly },
    repeatedReplyHeader: ONE_REPLY_LINE,
  },
  "VPC Lattice V2": LAMBDA,
  "VPC Lattice V1": {
    ...LAMBDA,
    cookieLines: {
      because: "structure V1 joins repeats into one string, cookies too, before the event is made",
      expect: (lines) => lines.join(", "),
    },
    repeatedReplyHeader: ONE_REPLY_LINE,
  },
  "Azure Functions host, stream mode": AZURE,
  "Azure Functions host": {
    ...AZURE,
    setCookie: {
      because: "the host writes cookies out again itself: attribute names in lower case, in an order of its own",
      expect: readSetCookie,
    },
    repeatedReplyHeader: ONE_REPLY_LINE,
  },
  "functions-framework over HTTP": {},
  "node:http without the framework": {},
  "tricast server": {},
  "nodeListener on node:http": {},
  "nodeListener on node:http2": {},
  "nodeListener in Express 4": {},
  "nodeListener in Express 5": {},
  "nodeListener in Fastify": {},
  "fetchHandler with web requests": WEB,
  "fetchHandler in Hono": WEB,
};

/** @throws {Error} for an unknown host. */
export function differencesOf(source: string): Differences {
  const differences = BY_SOURCE[source];
  if (differences === undefined) throw new Error(`${source} is not in test/contract/differences.ts`);
  return differences;
}

/** The hosts that are in the table, so that none stays there after it is gone. */
export const KNOWN_SOURCES: readonly string[] = Object.keys(BY_SOURCE);

function encodedQuotes(sent: string): string {
  return sent.replace(/['"<>]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decodedSlashes(sent: string): string {
  const decoded = decodeURIComponent(sent);
  return decoded.replace(/[^\x21-\x7e]+|[?#]|%(?![\dA-Fa-f]{2})/g, encodeURIComponent);
}

type Values = (values: readonly string[]) => readonly string[];
const allValues: Values = (values) => values;
const lastValue: Values = (values) => values.slice(-1);
const asSent = (text: string): string => text;

function rebuilt(query: string, encode: (text: string) => string, keep: Values): string {
  return [...rawParameters(query)]
    .flatMap(([name, values]) => keep(values).map((value) => `${encode(name)}=${encode(value)}`))
    .join("&");
}

function decodeForm(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

/**
 * What a browser understands of a `Set-Cookie` line (RFC 6265, 5.2): attribute names have no case and no order,
 * and the values of SameSite no case either (RFC 6265bis, 5.6.7).
 */
function readSetCookie(line: string): string {
  const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
  const read = attributes.map((attribute) => {
    const [name = "", ...rest] = attribute.split("=");
    const value = rest.join("=");
    return `${name.toLowerCase()}=${/^samesite$/i.test(name) ? value.toLowerCase() : value}`;
  });
  return [pair, ...read.sort()].join("; ");
}
