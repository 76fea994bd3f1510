import { isDeepStrictEqual } from "node:util";
import { InvocationFailure, type LambdaContext, lambda } from "@tricast/aws-lambda";
import { definePredictor } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import { detectEvent } from "../../packages/aws-lambda/src/events/detect.ts";
import { EXPECTED, NO_EVENT } from "./lambda-events/expected.ts";
import { COLLECTIONS } from "./lambda-events/recorded.ts";

/**
 * Invokes a predictor that takes any input with the events of AWS that other projects recorded: those of AWS's library for
 * Go, of the Lambda runtime for Rust and of AWS's SAM CLI. Each must be served as its own kind or refused by its name;
 * none may run the predictor by accident. Nothing of them is kept here: the packages are downloaded.
 *
 * Where a package cannot be had, its events are not compared: the output says so, and it fails when `CI=true`.
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

/** What becomes of an event: the name it is refused by, `warmup ping`, or the kind that it is served as. */
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

/** What the predictor must have seen of a served event, where that is known without reading the event as we do. */
function inputsOf(kind: string, event: unknown): readonly unknown[] | undefined {
  if (kind === "direct") return [event];
  return kind === "event-bridge" ? [(event as { detail: unknown }).detail] : undefined;
}

async function check(name: string, text: string): Promise<string | undefined> {
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

async function main(): Promise<void> {
  // Its log line comes before the closing line then.
  await handler.ready;
  let [passed, failed] = [0, 0];
  const unseen = new Set([...EXPECTED.keys(), ...NO_EVENT.keys()]);
  let missing = 0;
  for (const { name: collection, read } of COLLECTIONS) {
    let events: ReadonlyMap<string, string>;
    try {
      events = read();
    } catch (error) {
      console.error(`\n!! NOT RUN: the events of ${collection} cannot be had here: ${messageOf(error)}\n`);
      missing++;
      continue;
    }
    for (const [name, text] of events) {
      // An event with a mistake on purpose.
      if (name.includes("malformed")) continue;
      unseen.delete(name);
      const problem = await check(name, text);
      if (problem === undefined) passed++;
      else failed++;
      if (problem !== undefined) console.log(`FAIL ${collection}: ${name} ${problem}`);
    }
    console.log(`${collection}: ${events.size} events`);
  }
  if (missing === 0 && unseen.size > 0) {
    failed++;
    console.log(`FAIL no package has these names of expected.ts: ${[...unseen].join(", ")}`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || (missing > 0 && process.env.CI === "true") ? 1 : 0;
}

await main();
