import type { IncomingHttpHeaders } from "node:http";

/** A request to an API of AWS. */
export interface Call {
  /** `CodeDeploy_20141006.CreateApplication`, or `PUT /path`, where names in the path that have a gap are `*`. */
  readonly action: string;
  readonly url: URL;
  /** `undefined` where it is empty or no JSON. */
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
