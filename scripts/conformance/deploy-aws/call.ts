import type { IncomingHttpHeaders } from "node:http";

/** A request to an API of AWS. */
export interface Call {
  /** `CodeDeploy_20141006.CreateApplication`, or `PUT /path` with `*` for names of functions. */
  readonly action: string;
  readonly url: URL;
  /** `undefined` if it is empty or not JSON. */
  readonly body: unknown;
}

export function toCall(method: string, url: URL, headers: IncomingHttpHeaders, body: Buffer): Call {
  const target = headers["x-amz-target"];
  const action = typeof target === "string" ? target : `${method} ${url.pathname.replace(FUNCTION, "$1*$2")}`;
  return { action, url, body: parse(body) };
}

const FUNCTION = /^(\/2019-09-30\/functions\/)[^/]+(\/.*)$/;

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
