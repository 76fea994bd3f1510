import assert from "node:assert/strict";
import { valuesOf, type WireRequest, type WireResponse } from "../event-source.ts";

/** Largest request and reply JSON of one synchronous invocation. */
export const LAMBDA_PAYLOAD_BYTES = 6_291_556;
export const ALB_PAYLOAD_BYTES = 1_048_576;

const PLAIN_TYPE = /^(text\/.*|application\/(json|javascript|xml|.+\+json|.+\+xml))$/;
/** Load balancers and VPC Lattice know fewer text types than API Gateway. */
const PLAIN_TYPE_OF_BALANCERS = /^(text\/.*|application\/(json|javascript|xml))$/;

/** How a platform carries a body: text for the types it takes for text and does not find encoded, base64 for all else. */
export function wireBody(
  request: WireRequest,
  kind: "gateway" | "balancer",
): { body: string; isBase64Encoded: boolean } {
  const type = (valuesOf(request.headers, "content-type")[0] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const isPlain = (kind === "gateway" ? PLAIN_TYPE : PLAIN_TYPE_OF_BALANCERS).test(type);
  const bytes = Buffer.from(request.body);
  if (isPlain && valuesOf(request.headers, "content-encoding").length === 0) {
    return { body: bytes.toString("utf8"), isBase64Encoded: false };
  }
  return { body: bytes.toString("base64"), isBase64Encoded: bytes.length > 0 };
}

/** The members of a reply that all HTTP sources share. */
export interface WireReply {
  readonly statusCode: number;
  readonly statusDescription?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly multiValueHeaders?: Record<string, string[]>;
  readonly cookies?: string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** The reply as the platform parses it after the runtime client wrote it as JSON, refused where the platform refuses it. */
export function parseReply(result: unknown, limit = LAMBDA_PAYLOAD_BYTES): WireReply {
  const json = JSON.stringify(result);
  assert.ok(Buffer.byteLength(json) <= limit, `the platform refuses a reply of ${Buffer.byteLength(json)} bytes`);
  const reply = JSON.parse(json) as WireReply;
  assert.equal(typeof reply.statusCode, "number", "a reply without statusCode is malformed");
  assert.ok(reply.body === undefined || typeof reply.body === "string", "a body that is not a string is malformed");
  return reply;
}

export function toWire(reply: WireReply, headers: readonly (readonly [string, string])[]): WireResponse {
  return {
    status: reply.statusCode,
    headers: headers.map(([name, value]) => [name.toLowerCase(), value] as const),
    body: Buffer.from(reply.body ?? "", reply.isBase64Encoded === true ? "base64" : "utf8"),
  };
}

/** Every value under one lower-case name, in order of first appearance. */
export function groupHeaders(headers: WireRequest["headers"]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

/** The parameters of a query, each still percent-encoded. */
export function rawParameters(query: string): Map<string, string[]> {
  const parameters = new Map<string, string[]>();
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const mark = pair.indexOf("=");
    const name = mark === -1 ? pair : pair.slice(0, mark);
    const value = mark === -1 ? "" : pair.slice(mark + 1);
    const values = parameters.get(name);
    if (values === undefined) parameters.set(name, [value]);
    else values.push(value);
  }
  return parameters;
}

/** The parameters of a query, decoded as a form is. */
export function decodedParameters(query: string): Map<string, string[]> {
  const parameters = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const values = parameters.get(name);
    if (values === undefined) parameters.set(name, [value]);
    else values.push(value);
  }
  return parameters;
}

export function lastOf(groups: Map<string, string[]>): Record<string, string> {
  return Object.fromEntries([...groups].map(([name, values]) => [name, values.at(-1) as string]));
}

export function joinOf(groups: Map<string, string[]>, separator: string): Record<string, string> {
  return Object.fromEntries([...groups].map(([name, values]) => [name, values.join(separator)]));
}

export const ACCOUNT = "123456789012";
export const REGION = "eu-central-1";
