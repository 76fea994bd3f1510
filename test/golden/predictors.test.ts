import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { AnyPredictor } from "@tricast/core";
import { createService, type InferenceResponse, type Service } from "@tricast/core/adapter";
import digits from "../../handlers/digits/predict.ts";
import iris from "../../handlers/iris/predict.ts";
import { LANGUAGES } from "../../handlers/language/languages.ts";
import language from "../../handlers/language/predict.ts";
import { filterRows, packRows, pixelBytes, type Sketch, writePng } from "./write-png.ts";

interface Golden<Input, Label> {
  readonly classes: readonly Label[];
  readonly rows: readonly { readonly input: Input; readonly label: Label; readonly probabilities: readonly number[] }[];
}

interface Answer {
  readonly label?: string;
  readonly digit?: number;
  readonly language?: string;
  readonly name?: string;
  readonly probabilities: readonly number[] | Readonly<Record<string, number>>;
  readonly model_version: string;
}

/** What scikit-learn's float64 and the graph's float32 may differ by. */
const TOLERANCE = 1e-5;

function readGolden<Input, Label>(name: string): Golden<Input, Label> {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8"));
}

function post(service: Service, contentType: string, body: string | Uint8Array): Promise<InferenceResponse> {
  return service.handle(
    { method: "POST", path: "/predict", query: "", headers: { "content-type": contentType }, body },
    { id: "golden", platform: "local", native: undefined },
  );
}

async function predict<T>(service: Service, body: unknown, contentType = "application/json"): Promise<T> {
  const payload = body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await post(service, contentType, payload);
  assert.equal(response.status, 200, String(response.body));
  return JSON.parse(String(response.body));
}

const irisGolden = readGolden<{ features: number[] }, string>("iris");
const digitsGolden = readGolden<{ pixels: number[] }, number>("digits");
const languageGolden = readGolden<{ text: string }, string>("language");

const PREDICTORS: readonly {
  readonly name: string;
  readonly predictor: AnyPredictor;
  readonly golden: Golden<unknown, string | number>;
  readonly rows: number;
  readonly labelOf: (answer: Answer) => string | number | undefined;
}[] = [
  { name: "iris", predictor: iris, golden: irisGolden, rows: 45, labelOf: (answer) => answer.label },
  { name: "digits", predictor: digits, golden: digitsGolden, rows: 450, labelOf: (answer) => answer.digit },
  { name: "language", predictor: language, golden: languageGolden, rows: 396, labelOf: (answer) => answer.language },
];

for (const { name, predictor, golden, rows, labelOf } of PREDICTORS) {
  describe(name, () => {
    let service: Service;
    before(() => {
      service = createService(predictor);
    });
    after(() => service.close());

    function assertIsGolden(answer: Answer, index: number): void {
      const { input, label, probabilities } = golden.rows[index]!;
      assert.equal(labelOf(answer), label, JSON.stringify(input));
      assert.equal(answer.model_version, predictor.definition.version);
      assert.equal(Object.keys(answer.probabilities).length, golden.classes.length);
      for (const [i, expected] of probabilities.entries()) {
        const got = (answer.probabilities as Record<string, number>)[golden.classes[i]!]!;
        assert.ok(Math.abs(got - expected) <= TOLERANCE, `row ${index}, ${golden.classes[i]}: ${got} for ${expected}`);
      }
    }

    test("answers every held-out row as scikit-learn does, one at a time", async () => {
      assert.equal(golden.rows.length, rows);
      for (const [index, { input }] of golden.rows.entries())
        assertIsGolden(await predict<Answer>(service, input), index);
    });

    test("answers every held-out row as scikit-learn does, all in one batch", async () => {
      const instances = golden.rows.map(({ input }) => input);
      const { predictions } = await predict<{ predictions: Answer[] }>(service, { instances });
      assert.equal(predictions.length, rows);
      for (const [index, answer] of predictions.entries()) assertIsGolden(answer, index);
    });

    test("answers each of its own examples", async () => {
      const examples = predictor.definition.examples ?? [];
      assert.ok(examples.length > 0);
      for (const example of examples)
        assert.ok(golden.classes.includes(labelOf(await predict<Answer>(service, example))!));
    });

    test("converts its schemas to JSON Schema, which the examples' keys follow", async () => {
      const schemas = [predictor.definition.inputJsonSchema, predictor.definition.outputJsonSchema];
      for (const schema of schemas) {
        const document = typeof schema === "function" ? await schema() : schema;
        assert.equal(document?.type, "object");
        assert.match(String(document?.$schema), /2020-12/);
      }
      const input = await (predictor.definition.inputJsonSchema as () => Promise<{ required: string[] }>)();
      for (const example of predictor.definition.examples ?? [])
        assert.deepEqual(Object.keys(example as object), input.required);
    });
  });
}

describe("iris", () => {
  const service = createService(iris);
  after(() => service.close());

  test("shows one example of each species", async () => {
    const { predictions } = await predict<{ predictions: Answer[] }>(service, { instances: iris.definition.examples });
    assert.deepEqual(
      predictions.map(({ label }) => label),
      ["setosa", "versicolor", "virginica"],
    );
  });

  test("takes CSV rows of four cells", async () => {
    const response = await post(service, "text/csv", "5.1,3.5,1.4,0.2\n6.3,3.3,6.0,2.5\n");
    assert.equal(response.status, 200, String(response.body));
    assert.match(String(response.body), /setosa[\s\S]*virginica/);
  });

  for (const features of [
    [],
    [1, 2, 3],
    [1, 2, 3, 4, 5],
    [1, 2, 3, "4"],
    [1, 2, 3, null],
    [-1, 2, 3, 4],
    [1, 2, 3, 1e9],
  ]) {
    test(`refuses the features ${JSON.stringify(features)}`, async () => {
      const response = await post(service, "application/json", JSON.stringify({ features }));
      assert.equal(response.status, 422, String(response.body));
      assert.equal(JSON.parse(String(response.body)).code, "invalid-input");
    });
  }
});

describe("digits as PNG", () => {
  const service = createService(digits);
  after(() => service.close());
  const drawn = digitsGolden.rows.filter((_, index) => index % 9 === 0);

  /** Renders 8 x 8 pixels at `scale` pixels each, in 16-bit grey. */
  function render(pixels: readonly number[], scale: number, look: (ink: number) => readonly number[]): Uint8Array {
    const side = 8 * scale;
    const samples = Array.from({ length: side * side }, (_, i) => {
      const ink = pixels[Math.floor(i / side / scale) * 8 + Math.floor((i % side) / scale)]! / 16;
      return look(ink).map((value) => Math.round(value * 65535));
    });
    const sketch: Sketch = {
      width: side,
      height: side,
      depth: 16,
      channels: samples[0]!.length as Sketch["channels"],
      samples: samples.flat(),
    };
    return writePng(sketch, filterRows(packRows(sketch), pixelBytes(sketch), [4]));
  }

  const LOOKS: Readonly<Record<string, (ink: number) => readonly number[]>> = {
    "light on dark": (ink) => [ink],
    "dark on white": (ink) => [1 - ink],
    "coloured, dark on white": (ink) => [1 - ink, 1 - ink, 1 - ink],
    "black ink on nothing": (ink) => [0, ink],
    "white ink on nothing": (ink) => [1, 1, 1, ink],
  };

  for (const [look, paint] of Object.entries(LOOKS)) {
    for (const scale of [1, 3, 8]) {
      test(`${8 * scale} x ${8 * scale} pixels, ${look}: the same answer as the pixels`, async () => {
        assert.equal(drawn.length, 50);
        for (const { input, label, probabilities } of drawn) {
          const answer = await predict<Answer>(service, render(input.pixels, scale, paint), "image/png");
          assert.equal(answer.digit, label);
          for (const [i, expected] of probabilities.entries()) {
            assert.ok(
              Math.abs((answer.probabilities as number[])[i]! - expected) < 1e-3,
              `${i}: ${answer.probabilities}`,
            );
          }
        }
      });
    }
  }

  test("every held-out row is recognised as ink or paper correctly, either way round", async () => {
    for (const paint of [LOOKS["light on dark"]!, LOOKS["dark on white"]!]) {
      for (const { input, label } of digitsGolden.rows) {
        const answer = await predict<Answer>(service, render(input.pixels, 1, paint), "image/png");
        assert.equal(answer.digit, label, JSON.stringify(input));
      }
    }
  });

  test("a file that is not a PNG gets 400 with the reason, and the next request is served", async () => {
    const response = await post(service, "image/png", Buffer.from("GIF89a"));
    assert.equal(response.status, 400);
    const problem = JSON.parse(String(response.body));
    assert.equal(problem.code, "invalid-body");
    assert.match(problem.detail, /does not begin with the PNG signature/);
    const [{ input, label }] = drawn as [(typeof drawn)[number]];
    assert.equal((await predict<Answer>(service, input)).digit, label);
  });
});

describe("language in ordinary sentences", () => {
  const service = createService(language);
  after(() => service.close());

  /** Written by hand, unlike the texts the model was trained and tested on. */
  const SENTENCES: Readonly<Record<keyof typeof LANGUAGES, readonly string[]>> = {
    cs: ["Kde je vlakové nádraží?", "Dal bych si kávu, prosím.", "Dnes zase prší.", "Jak se máš?"],
    da: [
      "Hvor ligger banegården?",
      "Jeg vil gerne have en kop kaffe, tak.",
      "Det regner igen i dag, så jeg bliver hjemme.",
      "Hvordan har du det?",
    ],
    de: [
      "Wo ist der Bahnhof?",
      "Ich hätte gern einen Kaffee, bitte.",
      "Heute regnet es schon wieder.",
      "Wie geht es dir?",
    ],
    el: ["Πού είναι ο σταθμός του τρένου;", "Θα ήθελα έναν καφέ, παρακαλώ.", "Σήμερα βρέχει πάλι.", "Τι κάνεις;"],
    en: [
      "Where is the train station?",
      "I would like a cup of coffee, please.",
      "It is raining again today.",
      "How are you?",
    ],
    es: [
      "¿Dónde está la estación de tren?",
      "Quisiera un café, por favor.",
      "Hoy está lloviendo otra vez.",
      "¿Cómo estás?",
    ],
    fi: ["Missä on rautatieasema?", "Haluaisin kupin kahvia, kiitos.", "Tänään sataa taas.", "Mitä kuuluu?"],
    fr: [
      "Où est la gare ?",
      "Je voudrais un café, s'il vous plaît.",
      "Il pleut encore aujourd'hui.",
      "Comment allez-vous ?",
    ],
    hu: ["Hol van a vasútállomás?", "Kérek szépen egy kávét.", "Ma megint esik az eső.", "Hogy vagy?"],
    it: ["Dov'è la stazione?", "Vorrei un caffè, per favore.", "Oggi piove di nuovo.", "Come stai?"],
    ja: ["駅はどこですか。", "コーヒーを一杯ください。", "今日もまた雨が降っています。", "お元気ですか。"],
    ko: ["기차역이 어디에 있습니까?", "커피 한 잔 주세요.", "오늘도 비가 옵니다.", "잘 지내세요?"],
    nl: ["Waar is het station?", "Ik wil graag een kopje koffie.", "Het regent vandaag weer.", "Hoe gaat het met je?"],
    pl: ["Gdzie jest dworzec kolejowy?", "Poproszę kawę.", "Dzisiaj znowu pada deszcz.", "Jak się masz?"],
    pt: [
      "Onde fica a estação de trem?",
      "Eu queria um café, por favor.",
      "Hoje está chovendo de novo.",
      "Como você está?",
    ],
    ro: ["Unde este gara, vă rog?", "Aș dori o cafea, vă rog.", "Astăzi plouă din nou.", "Ce mai faci?"],
    ru: [
      "Где находится вокзал?",
      "Я хотел бы чашку кофе, пожалуйста.",
      "Сегодня опять идёт дождь.",
      "Как у тебя дела?",
    ],
    sv: [
      "Var ligger tågstationen?",
      "Jag skulle vilja ha en kopp kaffe, tack.",
      "Det regnar igen idag.",
      "Hur mår du?",
    ],
    tr: ["Tren istasyonu nerede?", "Bir fincan kahve istiyorum, lütfen.", "Bugün yine yağmur yağıyor.", "Nasılsın?"],
    uk: [
      "Де знаходиться вокзал?",
      "Я хотів би чашку кави, будь ласка.",
      "Сьогодні знову йде дощ.",
      "Як у тебе справи?",
    ],
    vi: ["Nhà ga ở đâu?", "Tôi muốn một tách cà phê.", "Hôm nay trời lại mưa.", "Bạn khỏe không?"],
    zh: ["火车站在哪里？", "我想要一杯咖啡。", "今天又下雨了。", "你好吗？", "請問火車站在哪裡？"],
  };

  for (const [code, sentences] of Object.entries(SENTENCES)) {
    for (const text of sentences) {
      test(`${code}: ${text}`, async () => {
        const answer = await predict<Answer>(service, { text });
        assert.equal(answer.language, code, JSON.stringify(answer.probabilities));
        assert.equal(answer.name, LANGUAGES[code as keyof typeof LANGUAGES]);
      });
    }
  }

  test("letter case, decomposed accents, punctuation and digits change nothing", async () => {
    const plain = await predict<Answer>(service, { text: "Où est la gare ?" });
    for (const text of ["OÙ EST LA GARE", "Où est la gare".normalize("NFD"), "  «Où» est\n\tla... gare?! 2024"]) {
      assert.deepEqual(await predict<Answer>(service, { text }), plain);
    }
  });

  test("10,000 characters are read, 10,001 are not", async () => {
    const text = "Je voudrais un café. ".repeat(500).slice(0, 10_000);
    assert.equal((await predict<Answer>(service, { text })).language, "fr");
    assert.equal((await post(service, "application/json", JSON.stringify({ text: `${text}x` }))).status, 422);
  });

  test("letters the model has never met still get finite probabilities", async () => {
    for (const text of ["ᚠᛇᚻ", "𝒳", "ꦲꦤ", "a"]) {
      const { probabilities } = await predict<Answer>(service, { text });
      const total = Object.values(probabilities as Record<string, number>).reduce((sum, value) => sum + value, 0);
      assert.ok(Math.abs(total - 1) < 1e-4, `${text}: ${total}`);
    }
  });

  for (const text of ["", "12 345", "?!", 5, null]) {
    test(`refuses the text ${JSON.stringify(text)}, which no language owns`, async () => {
      const response = await post(service, "application/json", JSON.stringify({ text }));
      assert.equal(response.status, 422);
      assert.equal(JSON.parse(String(response.body)).errors[0].pointer, "/text");
    });
  }
});
