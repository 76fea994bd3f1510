import { isDeepStrictEqual } from "node:util";
import { InvocationFailure, type LambdaContext, lambda } from "@tricast/aws-lambda";
import { definePredictor } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import { detectEvent } from "../../packages/aws-lambda/src/events/detect.ts";
import { EXPECTED, NO_EVENT } from "./lambda-events/expected.ts";
import { COLLECTIONS } from "./lambda-events/recorded.ts";

/**
 * Invokes a predictor that accepts any input with events that other projects recorded: AWS's library for
 * Go, the Lambda runtime for Rust and AWS's SAM CLI. Each must be served as its own kind or refused by its name;
 * none may run the predictor by accident. The events are not in this repository: the packages are downloaded.
 *
 * Without a package its events are not compared: a message reports this, and with `CI=true` the check fails.
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
  // Waits, so that the log line of the load comes before the last line.
  await handler.ready;
  let [passed, failed] = [0, 0];
  const unseen = new Set([...EXPECTED.keys(), ...NO_EVENT.keys()]);
  let missing = 0;
  for (const { name: collection, read } of COLLECTIONS) {
    let events: ReadonlyMap<string, string>;
    try {
      events = read();
    } catch (error) {
      console.error(`\n!! NOT RUN: the events of ${collection} are not available: ${messageOf(error)}\n`);
      missing++;
      continue;
    }
    for (const [name, text] of events) {
      // An event with a deliberate mistake.
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
