import assert from "node:assert/strict";
import type { LoadContext } from "../../model/source.ts";
import { definePredictor } from "../../predictor.ts";
import type { Host } from "../host.ts";
import { type Subject, serve } from "../suite.ts";
import { headerOf, post } from "../wire.ts";

const EXAMPLES = [1, 2, 3];

interface Witness extends Subject {
  readonly loads: LoadContext[];
  readonly inputs: number[];
  readonly platforms: string[];
}

/** Records the contexts of its loads, and every input. */
function witness(): Witness {
  const loads: LoadContext[] = [];
  const inputs: number[] = [];
  const platforms: string[] = [];
  const predictor = definePredictor({
    name: "witness",
    model: {
      uri: "witness",
      load: async (context) => {
        loads.push(context);
        return {};
      },
    },
    examples: EXAMPLES,
    predict(input: number, { invocation }) {
      inputs.push(input);
      platforms.push(invocation.platform);
      return input;
    },
  });
  return { predictor, loads, inputs, platforms };
}

export function warmup(host: Host): void {
  const { platform } = host;
  const it = serve(host, witness);
  const warmed = platform.warmsAllExamples ? EXAMPLES : EXAMPLES.slice(0, 1);
  const what = platform.warmsAllExamples ? "every example" : "the first example";

  it(`${what} is predicted before the first response, and the model is loaded once`, async ({ send, subject }) => {
    const first = await Promise.all([send(post(10)), send(post(11))]);
    for (const { status } of first) assert.equal(status, 200);
    assert.deepEqual(subject.inputs.slice(0, warmed.length), warmed);
    assert.deepEqual(subject.inputs.slice(warmed.length).sort(), [10, 11]);
    assert.equal(subject.loads.length, 1);
  });

  it("the model's source gets the platform, and whether an instance serves many requests", async ({
    send,
    subject,
  }) => {
    assert.equal((await send(post(1))).status, 200);
    const [load] = subject.loads;
    assert.equal(load?.platform.name, platform.name);
    assert.equal(load?.platform.servesMany?.() ?? false, platform.servesMany());
    assert.equal(load?.predictor, "witness");
  });

  it("predict gets the platform's name, for examples too", async ({ subject, send }) => {
    await send(post(1));
    assert.deepEqual([...new Set(subject.platforms)], [platform.name]);
  });

  it("only the first request of an instance can have been a cold start", async ({ send }) => {
    await send(post(1));
    assert.equal(headerOf(await send(post(1)), "x-tricast-cold-start"), "false");
  });
}
