import assert from "node:assert/strict";
import { parseJson } from "@tricast/core/adapter";
import { type Answered, JSON_LENGTH } from "./ask.ts";
import type { CaseBody, GoldenCase } from "./read-cases.ts";

/** Tolerance for numbers that are not integers: another CPU's arithmetic may differ. */
const TOLERANCE = 1e-5;

/** @throws {AssertionError} where an answer is not the one of its case. */
export function compare(answer: Answered, golden: GoldenCase): void {
  const text = answer.body.toString("utf8");
  assert.equal(answer.status, golden.status, `status, with ${text.slice(0, 500)}`);
  for (const [name, value] of Object.entries(golden.expectedHeaders)) compareHeader(name, value, answer.headers[name]);
  compareBody(answer, golden.expected, golden.expectedHeaders["content-type"]);
  assert.doesNotMatch(text, /\n\s+at |node:internal|\/src\//, "the answer contains a stack or one of our paths");
  if (answer.status >= 400 && answer.headers["content-type"] === "application/json") checkError(text);
}

function compareHeader(name: string, expected: string, seen: string | string[] | undefined): void {
  if (expected === "-") assert.equal(seen, undefined, name);
  else if (expected === "*") assert.notEqual(seen, undefined, name);
  else assert.equal(seen, expected, name);
}

function compareBody({ headers, body }: Answered, expected: CaseBody, type: string | undefined): void {
  const given = headers[JSON_LENGTH];
  const length = given === undefined ? body.length : Number(given);
  const hasBytes = expected.binary !== undefined || given !== undefined;
  if (hasBytes || expected.json !== undefined)
    assert.equal(headers["content-type"], type ?? (hasBytes ? "application/octet-stream" : "application/json"));
  const binary = given === undefined && hasBytes ? body : body.subarray(length);
  assert.equal(binary.toString("hex"), Buffer.from(expected.binary ?? []).toString("hex"), "the binary data");
  if (expected.text !== undefined) assert.equal(body.toString("utf8"), expected.text);
  if (expected.json !== undefined)
    compareJson(parseJson(body.subarray(0, length).toString("utf8"), true), parseJson(expected.json, true), "");
  if (expected.json === undefined && expected.text === undefined && expected.binary === undefined)
    assert.equal(body.toString("utf8"), "", "no body");
}

/** In what is expected, `"*"` is any value, and a string that begins with `~ ` a pattern. */
function compareJson(seen: unknown, expected: unknown, where: string): void {
  if (expected === "*") assert.notEqual(seen, undefined, where);
  else if (typeof expected === "string" && expected.startsWith("~ "))
    assert.match(String(seen), new RegExp(expected.slice(2)), where);
  else if (typeof expected === "number" && !Number.isInteger(expected)) {
    const near = typeof seen === "number" && Math.abs(seen - expected) <= TOLERANCE;
    assert.ok(near, `${where}: ${String(seen)} for ${expected}`);
  } else if (typeof expected === "object" && expected !== null) compareMembers(seen, expected, where);
  else assert.equal(seen, expected, where);
}

function compareMembers(seen: unknown, expected: object, where: string): void {
  assert.ok(typeof seen === "object" && seen !== null, `${where}: ${String(seen)} for an object or a list`);
  assert.equal(Array.isArray(seen), Array.isArray(expected), where);
  assert.deepEqual(Object.keys(seen), Object.keys(expected), `members of ${where || "the body"}`);
  for (const [key, member] of Object.entries(expected))
    compareJson((seen as Record<string, unknown>)[key], member, `${where}/${key}`);
}

/** What every contract but `/predict` says of an error. */
function checkError(text: string): void {
  const body = JSON.parse(text) as Record<string, unknown>;
  // Readiness is not an error, although it has the status of one.
  if ("ready" in body || "live" in body) return;
  assert.deepEqual(Object.keys(body), ["error", "code"]);
  assert.ok(typeof body.error === "string" && body.error.length > 0);
}
