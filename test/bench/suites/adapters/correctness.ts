import assert from "node:assert/strict";
import type { Contender, Handler } from "./contender.ts";
import { FEATURES, invocationOf } from "./invocation.ts";
import type { BenchModel } from "./models.ts";

/** Bodies that every contender must refuse: the same strictness on all sides. */
const REFUSED = [
  "{",
  "[]",
  "{}",
  '{"features":null}',
  '{"features":[1,2,3]}',
  '{"features":[1,2,3,4,5]}',
  '{"features":["5.1",3.5,1.4,0.2]}',
  '{"features":[5.1,3.5,null,0.2]}',
];

interface Reply {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @throws {AssertionError} when a contender does not do the work that is about to be timed. */
export async function assertCorrect({ name }: Contender, handler: Handler, model: BenchModel): Promise<void> {
  const expected = await model.run(FEATURES);
  const reply = (await handler(...invocationOf(JSON.stringify({ features: FEATURES }))())) as Reply;
  assert.equal(reply.statusCode, 200, `${name}: ${JSON.stringify(reply)}`);
  assert.deepEqual(JSON.parse(reply.body), expected, name);
  for (const body of REFUSED) {
    const status = await statusOf(handler, body);
    assert.ok(status >= 400 && status < 500, `${name} answered ${status} to ${body}; it must refuse it`);
  }
}

/** middy throws its refusals, with their status. */
async function statusOf(handler: Handler, body: string): Promise<number> {
  try {
    return ((await handler(...invocationOf(body)())) as Reply).statusCode;
  } catch (error) {
    return (error as { statusCode?: number }).statusCode ?? 500;
  }
}
