import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { InvocationFailure, type LambdaContext, lambda } from "@tricast/aws-lambda";
import { definePredictor } from "@tricast/core";
import { detectEvent } from "../../packages/aws-lambda/src/events/detect.ts";
import { EXPECTED, NO_EVENT } from "./lambda-events/expected.ts";
import { COLLECTIONS } from "./lambda-events/recorded.ts";

/**
 * Invokes a predictor that takes any input with the events of AWS that other projects recorded: those of AWS's library for
 * Go, of the Lambda runtime for Rust and of AWS's SAM CLI. Each must be served as its own kind or refused by its name;
 * none may run the predictor by accident. Nothing of them is kept here: the packages are downloaded.
 */

const seen: unknown[] = [];
const handler = lambda(
  definePredictor({
    name: "any",
    warmup: { holdMs: 0 },
    predict(input: unknown) {
      seen.push(input);
      return 1;
    },
  }),
);
const CONTEXT = { awsRequestId: "id", getRemainingTimeInMillis: () => 10_000 } as LambdaContext;

/** The outcome of an event: the name of its refusal, `warmup ping`, or the kind that it is served as. */
async function outcomeOf(event: unknown): Promise<string> {
  const kind = detectEvent(event);
  const answer = await handler(event, CONTEXT).catch((error: unknown) => error);
  if (answer instanceof InvocationFailure) {
    const [, name] = /^an event of (.+?) (?:asks for|reports|is a batch)/.exec(answer.message) ?? [];
    return name?.replace(/ \(.*\)$/, "") ?? kind;
  }
  if (answer instanceof Error) throw answer;
  return (answer as { warmed?: boolean } | null)?.warmed === true ? "warmup ping" : kind;
}

/** The expected inputs of a served event, if they are known without our own parser. */
function inputsOf(kind: string, event: unknown): readonly unknown[] | undefined {
  if (kind === "direct") return [event];
  return kind === "event-bridge" ? [(event as { detail: unknown }).detail] : undefined;
}

async function problemOf(name: string, text: string): Promise<string | undefined> {
  const expected = NO_EVENT.has(name) ? "direct" : EXPECTED.get(name);
  if (expected === undefined) return "is not in expected.ts";
  seen.length = 0;
  const event = JSON.parse(text) as unknown;
  const outcome = await outcomeOf(event);
  if (outcome !== expected) return `is ${outcome}, not ${expected}`;
  const inputs = inputsOf(outcome, event);
  if (inputs !== undefined && !isDeepStrictEqual(seen, inputs)) return `gave the predictor ${JSON.stringify(seen)}`;
  const isServed = outcome === detectEvent(event) && outcome !== "websocket";
  if (!isServed && seen.length > 0) return `ran the predictor with ${JSON.stringify(seen)}`;
  return undefined;
}

const collections = COLLECTIONS.map(({ name, read }) => ({ name, events: eventsOrError(read) }));

for (const { name: collection, events } of collections) {
  const skip = events instanceof Error && `they cannot be had here: ${events.message}`;
  describe(`the events of ${collection}`, { skip }, () => {
    const tried = [...(events as ReadonlyMap<string, string>)].filter(([name]) => !hasMistake(name));
    it("are some", () => assert.ok(tried.length > 0));
    for (const [name, text] of tried) it(name, async () => assert.equal(await problemOf(name, text), undefined));
  });
}

const absent = collections.filter(({ events }) => events instanceof Error).map(({ name }) => name);
it("every name of expected.ts is met", { skip: absent.length > 0 && `without ${absent.join(", ")}` }, () => {
  const met = new Set(collections.flatMap(({ events }) => (events instanceof Error ? [] : [...events.keys()])));
  assert.deepEqual(
    [...EXPECTED.keys(), ...NO_EVENT.keys()].filter((name) => !met.has(name)),
    [],
  );
});

/** The event has a mistake on purpose. */
function hasMistake(name: string): boolean {
  return name.includes("malformed");
}

function eventsOrError(read: () => ReadonlyMap<string, string>): ReadonlyMap<string, string> | Error {
  try {
    return read();
  } catch (error) {
    return error as Error;
  }
}
