import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { AnyPredictor } from "@tricast/core";
import digits from "../../handlers/digits/predict.ts";
import iris from "../../handlers/iris/predict.ts";
import language from "../../handlers/language/predict.ts";
import type { WireRequest } from "../events/event-source.ts";
import { filterRows, packRows, pixelBytes, type Sketch, writePng } from "../golden/write-png.ts";
import { type Answer, assertSame, coreAnswer, get, headerOf, jsonOf, post, postBytes } from "./support/core-testing.ts";
import { fleet } from "./support/fleet.ts";

interface Example {
  readonly predictor: AnyPredictor;
  /** One CSV line for one example. */
  readonly toCsv: (example: never) => string;
  /** The member of an answer that holds the label. */
  readonly label: string;
  readonly rows: number;
}

const EXAMPLES: Readonly<Record<string, Example>> = {
  iris: {
    predictor: iris,
    toCsv: ({ features }: { features: number[] }) => features.join(","),
    label: "label",
    rows: 45,
  },
  digits: {
    predictor: digits,
    toCsv: ({ pixels }: { pixels: number[] }) => pixels.join(","),
    label: "digit",
    rows: 450,
  },
  language: {
    predictor: language,
    toCsv: ({ text }: { text: string }) => `"${text.replaceAll('"', '""')}"`,
    label: "language",
    rows: 396,
  },
};

/** The core's own answer to a request that no host alters, worked out once for all of them. */
function once(predictor: AnyPredictor, wire: WireRequest): () => Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  return () => {
    answer ??= coreAnswer(predictor, wire);
    return answer;
  };
}

interface Golden {
  readonly classes: readonly (string | number)[];
  readonly rows: readonly { input: unknown; label: string | number; probabilities: readonly number[] }[];
}

function goldenOf(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8")) as Golden;
}

for (const [name, { predictor, toCsv, label, rows }] of Object.entries(EXAMPLES)) {
  const { each } = fleet(() => ({ predictor }));
  const examples = (predictor.definition.examples ?? []) as never[];
  assert.ok(examples.length > 0);

  const forms: Readonly<Record<string, WireRequest>> = {
    ...Object.fromEntries(examples.map((example, index) => [`example ${index}`, post(example)])),
    "all examples as instances": post({ instances: examples }),
    "no instances": post({ instances: [] }),
    NDJSON: postBytes(
      Buffer.from(examples.map((example) => JSON.stringify(example)).join("\n")),
      "application/x-ndjson",
    ),
    CSV: postBytes(Buffer.from(`${examples.map(toCsv).join("\n")}\n`), "text/csv"),
  };
  for (const [form, wire] of Object.entries(forms)) {
    const expected = once(predictor, wire);
    each(`${name}: ${form}: the same bytes as from the core`, async ({ send }) => {
      const response = await send(wire);
      assert.equal(response.status, 200, Buffer.from(response.body).toString());
      assertSame(response, await expected());
    });
  }

  for (const target of ["/metadata", "/openapi.json"]) {
    each(`${name}: GET ${target}: the same bytes as from the core on that platform`, async ({ host, send }) => {
      // /metadata reports another state before the model is loaded.
      await send(post(examples[0]));
      assertSame(await send(get(target)), await coreAnswer(predictor, get(target), host, host.platform));
    });
  }

  const golden = goldenOf(name);
  assert.equal(golden.rows.length, rows);
  const all = post({ instances: golden.rows.map(({ input }) => input) });
  const expected = once(predictor, all);
  each(`${name}: all ${rows} held-out rows are predicted as scikit-learn does`, async ({ send }) => {
    const response = await send(all);
    assertSame(response, await expected());
    const predictions = jsonOf(response).predictions as Record<string, unknown>[];
    assert.equal(predictions.length, rows);
    for (const [index, prediction] of predictions.entries()) {
      const row = golden.rows[index]!;
      assert.equal(prediction[label], row.label);
      const probabilities = prediction.probabilities as Record<string, number>;
      for (const [at, expected] of row.probabilities.entries()) {
        // Digits list them in order; the others name them.
        const got = probabilities[golden.classes[at]!]!;
        assert.ok(Math.abs(got - expected) <= 1e-5, `row ${index}: ${got} for ${expected}`);
      }
    }
  });
}

/** An example digit as a picture: paper is white. */
function toPng(pixels: readonly number[]): Uint8Array {
  const samples = pixels.map((ink) => Math.round(255 * (1 - ink / 16)));
  const sketch: Sketch = { width: 8, height: 8, depth: 8, channels: 1, samples };
  return writePng(sketch, filterRows(packRows(sketch), pixelBytes(sketch), [0, 1, 2, 3, 4]));
}

const [sample] = digits.definition.examples as [{ pixels: number[] }];
const picture = postBytes(toPng(sample.pixels), "image/png");
const pictured = once(digits, picture);

fleet(() => ({ predictor: digits })).each("digits: a PNG body is predicted like its pixels", async ({ send }) => {
  const response = await send(picture);
  assertSame(response, await pictured());
  assert.deepEqual([response.status, headerOf(response, "content-type")], [200, "application/json"]);
  assert.equal(jsonOf(response).digit, jsonOf(await send(post(sample))).digit);
});
