import type { InferenceRequest, RequestHead, WarmupPing, WholeResponse } from "@tricast/core/adapter";
import { decodeBody, encodeBody, type WireBody } from "../body.ts";
import { listHeaders, mergeHeaders, spreadHeaders } from "../headers.ts";
import { ALB_REPLY_BYTES, refuseOversize } from "../limits.ts";
import { statusDescription } from "../status.ts";
import { encodedPath, verbatimQuery } from "../url.ts";

/**
 * An Application Load Balancer's event. The target group's switch for multi-value headers decides which pair of maps
 * the event has, and which one the reply must have (docs.aws.amazon.com, Lambda functions as targets).
 */
export interface AlbEvent extends WireBody {
  readonly httpMethod: string;
  readonly path: string;
  /** Still percent-encoded. */
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly requestContext: { readonly elb: unknown };
}

export interface AlbResult {
  readonly statusCode: number;
  readonly statusDescription: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, string[]>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export function fromAlbEvent(event: AlbEvent): InferenceRequest {
  const headers = albHeaders(event);
  return {
    method: event.httpMethod,
    path: encodedPath(event.path),
    query: verbatimQuery({ ...event.queryStringParameters, ...event.multiValueQueryStringParameters }),
    headers,
    body: decodeBody(event.body, event.isBase64Encoded, headers),
  };
}

export function albHeaders(event: AlbEvent): RequestHead["headers"] {
  return mergeHeaders(event.multiValueHeaders, event.headers);
}

/** The load balancer's own health check gets the state of the model, on any path. */
export function albHealthCheck(event: AlbEvent, headers: RequestHead["headers"]): WarmupPing | undefined {
  if (event.httpMethod !== "GET" || headers["user-agent"]?.startsWith("ELB-HealthChecker/") !== true) return undefined;
  return { kind: "alb-health-check", holdMs: 0 };
}

export function toAlbResult(response: WholeResponse, event: AlbEvent): AlbResult {
  const { headers, status } = response;
  const maps =
    event.multiValueHeaders == null ? { headers: spreadHeaders(headers) } : { multiValueHeaders: listHeaders(headers) };
  const reply = {
    statusCode: status,
    statusDescription: statusDescription(status),
    ...maps,
    ...encodeBody(response),
  };
  return refuseOversize(reply, ALB_REPLY_BYTES);
}
