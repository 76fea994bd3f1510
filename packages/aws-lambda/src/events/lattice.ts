import type { InferenceRequest, ReceivedRequest, WholeResponse } from "@tricast/core/adapter";
import { decodeBody, encodeBody, type WireBody } from "../body.ts";
import { lowerHeaders, spreadHeaders } from "../headers.ts";
import { LAMBDA_REPLY_BYTES, refuseOversize } from "../limits.ts";
import { statusDescription } from "../status.ts";
import { encodedPath, encodedQuery } from "../url.ts";

/** VPC Lattice, event structure V2 (docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html). */
export interface LatticeV2Event extends WireBody {
  readonly method: string;
  /** Sent with and without the query string. */
  readonly path: string;
  readonly queryStringParameters?: Readonly<Record<string, readonly string[]>> | null;
  readonly headers?: Readonly<Record<string, readonly string[]>> | null;
  readonly requestContext: { readonly serviceArn: string };
}

/** VPC Lattice, event structure V1. */
export interface LatticeV1Event {
  readonly method: string;
  /** With the query string. */
  readonly raw_path: string;
  readonly query_string_parameters?: Readonly<Record<string, string>> | null;
  readonly headers?: Readonly<Record<string, string>> | null;
  readonly body?: unknown;
  readonly is_base64_encoded?: boolean | null;
}

export interface LatticeResult {
  readonly statusCode: number;
  readonly statusDescription: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export function fromLatticeV2Event(event: LatticeV2Event): InferenceRequest {
  const headers = lowerHeaders(event.headers);
  return {
    method: event.method,
    ...splitTarget(event.path, event.queryStringParameters),
    headers,
    body: decodeBody(event.body, event.isBase64Encoded, headers),
  };
}

export function fromLatticeV1Event(event: LatticeV1Event): InferenceRequest {
  const headers = lowerHeaders(event.headers);
  return {
    method: event.method,
    ...splitTarget(event.raw_path, event.query_string_parameters),
    headers,
    body: decodeBody(event.body, event.is_base64_encoded, headers),
  };
}

/** The query as it was sent when the path carries it, else rebuilt from the parameters. */
function splitTarget(
  target: string,
  parameters: Readonly<Record<string, string | readonly string[]>> | null | undefined,
): Pick<ReceivedRequest, "path" | "query"> {
  const mark = target.indexOf("?");
  if (mark === -1) return { path: encodedPath(target), query: encodedQuery(parameters) };
  return { path: encodedPath(target.slice(0, mark)), query: target.slice(mark + 1) };
}

/** V2 takes a list of values under one name. */
export function toLatticeV2Result(response: WholeResponse): LatticeResult {
  return toLatticeResult(response, response.headers);
}

/** V1 has one string per name. */
export function toLatticeV1Result(response: WholeResponse): LatticeResult {
  return toLatticeResult(response, spreadHeaders(response.headers));
}

function toLatticeResult(response: WholeResponse, headers: LatticeResult["headers"]): LatticeResult {
  const { status } = response;
  const reply = { statusCode: status, statusDescription: statusDescription(status), headers, ...encodeBody(response) };
  return refuseOversize(reply, LAMBDA_REPLY_BYTES);
}
