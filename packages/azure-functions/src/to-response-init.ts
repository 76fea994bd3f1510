import type { HttpResponseInit } from "@azure/functions";
import type { WholeResponse } from "@tricast/core/adapter";
import { divideCookies } from "./divide-cookies.ts";

export function toResponseInit(response: WholeResponse): HttpResponseInit {
  const { header, cookies } = divideCookies(list(response.headers["set-cookie"]));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (name === "set-cookie") continue;
    if (typeof value === "string") headers[name] = value;
    // A header without values is dropped.
    else if (value.length > 0) headers[name] = value.join(", ");
  }
  if (header !== undefined) headers["set-cookie"] = header;
  return { status: response.status, headers, cookies, ...toBody(response) };
}

/** Always bytes: for a string without a content type the library would add its own. */
function toBody({ status, body }: WholeResponse): Pick<HttpResponseInit, "body"> {
  // Releases before 4.16 pass any body on to `new Response`, which refuses one with these (azure-functions-nodejs-library#458).
  if (status === 204 || status === 205 || status === 304) return {};
  return { body: typeof body === "string" ? Buffer.from(body) : body };
}

function list(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}
