import assert from "node:assert/strict";
import { dirname } from "node:path";
import { ERRORS, type ErrorCode, TricastError } from "../../errors.ts";
import { definePredictor } from "../../predictor.ts";
import { assertLikeCore } from "../reference.ts";
import { objectSchema, oneOf } from "../schema.ts";
import type { Instance, Subject } from "../suite.ts";
import { headerOf, jsonOf, post, type WireRequest, wireText } from "../wire.ts";

/** Must never reach a client. */
export const SECRET = "hunter2 at /srv/internal/secret.ts";
export const CODES = Object.keys(ERRORS) as readonly ErrorCode[];
export const HIDDEN = "a coded error whose message is not for clients";

class Leaky extends Error {
  readonly token = SECRET;
}

/** Values that a predictor may throw. */
export const THROWN: Readonly<Record<string, () => unknown>> = {
  "an error": () => new Leaky(SECRET),
  "an error with a cause": () => new Error("outer", { cause: new Error(SECRET) }),
  text: () => SECRET,
  "an object that looks like a response": () => ({
    message: SECRET,
    statusCode: 200,
    status: 200,
    body: SECRET,
    headers: { "x-leak": SECRET },
  }),
  undefined: () => undefined,
  "a symbol": () => Symbol(SECRET),
  [HIDDEN]: () => new TricastError("internal", SECRET, { cause: new Error(SECRET) }),
};

/** The behaviour that an input of {@link failing} selects. */
interface Order {
  readonly mode: "ok" | "code" | "throw" | "reject" | "badOutput" | "undefinedOutput" | "circular";
  readonly code: ErrorCode;
  readonly thrown: string;
  readonly n?: number;
}

const MODES = ["ok", "code", "throw", "reject", "badOutput", "undefinedOutput", "circular"];

/** Fails as its input asks. */
export const failing = definePredictor({
  name: "failing",
  input: objectSchema<Order>({
    mode: oneOf(MODES),
    code: oneOf([undefined, ...CODES]),
    thrown: oneOf([undefined, ...Object.keys(THROWN)]),
    n: (value) => value === undefined || typeof value === "number",
  }),
  output: objectSchema<object>({ n: (value) => value === undefined || typeof value === "number" }),
  load: () => ({}),
  limits: { bodyBytes: 2_000, instances: 3 },
  predict: ({ mode, code, thrown, n = 1 }) => {
    if (mode === "throw") throw THROWN[thrown]?.();
    if (mode === "reject") return Promise.reject(THROWN[thrown]?.());
    if (mode === "code") throw codedError(code);
    if (mode === "badOutput") return { n: SECRET };
    // Also values that the types forbid.
    if (mode === "undefinedOutput") return undefined as unknown as object;
    return mode === "circular" ? circle() : { n };
  },
});

function codedError(code: ErrorCode): TricastError {
  const issues = [{ pointer: "/x", message: "is wrong" }];
  return new TricastError(code, `asked for: ${code}`, { issues, headers: { "x-hint": "1" }, retryAfterSeconds: 2.1 });
}

function circle(): object {
  const circle: Record<string, unknown> = { secret: SECRET };
  circle.self = circle;
  return circle;
}

export interface Failure {
  readonly code: ErrorCode;
  readonly request: WireRequest;
  /** Headers that the problem must have. */
  readonly headers?: Readonly<Record<string, string>>;
}

const OK = post({ mode: "ok", n: 7 });

/** Asserts that the problem equals the core's own, that it has no secret and no path of our code, and that the next
 * request is served. */
export async function assertFails(
  instance: Instance<Subject>,
  { code, request, headers = {} }: Failure,
  next = OK,
): Promise<void> {
  const { predictor } = instance.subject;
  const response = await assertLikeCore(instance, predictor, request, code);
  assert.equal(response.status, ERRORS[code].status);
  assert.equal(headerOf(response, "content-type"), "application/problem+json");
  const problem = jsonOf(response);
  assert.deepEqual([problem.code, problem.status], [code, response.status]);
  for (const [name, value] of Object.entries(headers)) assert.equal(headerOf(response, name), value);
  assertTellsNothing(wireText(response));
  assert.equal((await assertLikeCore(instance, predictor, next, "the next request")).status, 200);
}

/** Folders of the core and of the test itself. */
const FOLDERS = [import.meta.dirname, dirname(process.argv[1] ?? import.meta.dirname)];

function assertTellsNothing(text: string): void {
  assert.ok(!text.includes(SECRET), "the secret is in the response");
  assert.doesNotMatch(text, /node_modules|\.[cm]?[jt]s:\d|\bat [\w.<>]+ \(/, "a stack is in the response");
  for (const folder of FOLDERS) assert.ok(!text.includes(folder), `${folder} is in the response`);
}
