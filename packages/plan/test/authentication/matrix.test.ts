import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Config, checkPlan, type OutputFile, resolvePlan } from "@tricast/plan";
import { findProblems, isError, RENDERERS, type Renderer } from "@tricast/plan/tools";
import { type RecordingTools, recordingTools } from "../support/script-calls.ts";
import { AZ_ANSWERS, AzureApp } from "./azure-app.ts";
import { CALLERS_OF, type Rendered } from "./callers-of.ts";
import {
  type Callers,
  configOf,
  endpointOf,
  FORM_NAMES,
  FORMS,
  type Form,
  isNoMoreOpen,
  PLACES,
  type Place,
} from "./forms.ts";
import { GCLOUD_ANSWERS, GoogleService } from "./google-service.ts";

let tools: RecordingTools;
before(() => {
  tools = recordingTools(`${AZ_ANSWERS}\n${GCLOUD_ANSWERS}`);
});
after(() => tools.remove());

/**
 * By renderer and place, in the order of `FORMS`: who can call what is rendered, or the rule that refuses it. Add a row for
 * a new renderer or place, and a column for a new form of `endpoint.auth`.
 */
// biome-ignore format: a table, with a line for each row
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  //                                absent      off         none          iam                api-key              Entra                Entra, version 1     any tenant           another issuer
  "serverless: aws, HTTP API": [    "everybody", "nobody",   "everybody",  "identity",        "http-api-key",      "tokens",            "tokens",            "tokens",            "tokens"],
  "serverless: aws, REST API": [    "everybody", "nobody",   "everybody",  "identity",        "key",               "rest-api-jwt",      "rest-api-jwt",      "rest-api-jwt",      "rest-api-jwt"],
  "serverless: aws, function URL": ["everybody", "nobody",   "everybody",  "identity",        "function-url-auth", "function-url-auth", "function-url-auth", "function-url-auth", "function-url-auth"],
  "terraform: aws, HTTP API": [     "everybody", "nobody",   "everybody",  "identity",        "http-api-key",      "tokens",            "tokens",            "tokens",            "tokens"],
  "terraform: aws, REST API": [     "everybody", "nobody",   "everybody",  "identity",        "key",               "rest-api-jwt",      "rest-api-jwt",      "rest-api-jwt",      "rest-api-jwt"],
  "terraform: aws, function URL": [ "everybody", "nobody",   "everybody",  "identity",        "function-url-auth", "function-url-auth", "function-url-auth", "function-url-auth", "function-url-auth"],
  "terraform: azure": [             "everybody", "key",      "everybody",  "azure-auth-iam",  "key",               "tokens",            "tokens",            "azure-jwt-issuer",  "azure-jwt-issuer"],
  "terraform: gcp, function": [     "everybody", "identity", "everybody",  "identity",        "gcp-auth",          "gcp-auth",          "gcp-auth",          "gcp-auth",          "gcp-auth"],
  "terraform: gcp, service": [      "everybody", "identity", "everybody",  "identity",        "gcp-auth",          "gcp-auth",          "gcp-auth",          "gcp-auth",          "gcp-auth"],
  "scripts: azure": [               "everybody", "key",      "everybody",  "azure-auth-iam",  "key",               "tokens",            "tokens",            "azure-jwt-issuer",  "azure-jwt-issuer"],
  "scripts: gcp, function": [       "everybody", "identity", "everybody",  "identity",        "gcp-auth",          "gcp-auth",          "gcp-auth",          "gcp-auth",          "gcp-auth"],
  "scripts: gcp, service": [        "everybody", "identity", "everybody",  "identity",        "gcp-auth",          "gcp-auth",          "gcp-auth",          "gcp-auth",          "gcp-auth"],
  "kubernetes: kubernetes": [       "everybody", "nobody",   "everybody",  "container-auth",  "key",               "tokens",            "tokens",            "tokens",            "tokens"],
  "ecs: ecs": [                     "everybody", "nobody",   "everybody",  "container-auth",  "key",               "tokens",            "tokens",            "tokens",            "tokens"],
  "sagemaker: sagemaker": [         "identity",  "identity", "container-auth", "identity",    "container-auth",    "container-auth",    "container-auth",    "container-auth",    "container-auth"],
  "vertex: vertex": [               "identity",  "identity", "container-auth", "identity",    "container-auth",    "container-auth",    "container-auth",    "container-auth",    "container-auth"],
  "azure-ml: azureMl": [            "key",       "key",      "container-auth", "identity",    "key",               "container-auth",    "container-auth",    "container-auth",    "container-auth"],
  "nginx: nginx": [                 "everybody", "nginx-auth", "everybody", "nginx-auth",     "nginx-auth",        "nginx-auth",        "nginx-auth",        "nginx-auth",        "nginx-auth"],
};

type NamedRenderer = Renderer & { readonly name: string };

const NAMED: readonly NamedRenderer[] = Object.entries(RENDERERS).map(([name, renderer]) => ({ name, ...renderer }));

interface Cell {
  readonly renderer: NamedRenderer;
  readonly place: Place;
}

const CELLS: readonly Cell[] = NAMED.flatMap((renderer) =>
  PLACES.filter(({ target }) => renderer.targets.includes(target)).map((place) => ({ renderer, place })),
);

const nameOf = ({ renderer, place }: Cell) => `${renderer.name}: ${place.name}`;

function render({ renderer, place }: Cell, form: Form): readonly OutputFile[] {
  return renderer.render([resolvePlan(configOf(place, form))]);
}

function callersOf(
  { renderer, place }: Cell,
  files: readonly OutputFile[],
  of: Pick<Rendered, "stage" | "predictor"> = {},
) {
  const read = CALLERS_OF[`${renderer.name} ${place.target}`];
  assert.ok(read !== undefined, `nothing reads what ${renderer.name} writes for ${place.target}; add it to CALLERS_OF`);
  return read({ place, files, tools, ...of });
}

const kindOf = (callers: Callers) => (callers.startsWith("tokens of ") ? "tokens" : callers);
const CALLERS = ["everybody", "identity", "key", "nobody", "tokens"];

function expectedOf(cell: Cell, form: Form): string {
  return EXPECTED[nameOf(cell)]?.[FORM_NAMES.indexOf(form)] ?? "no entry in EXPECTED";
}

function isRendered(cell: Cell, form: Form): boolean {
  return CALLERS.includes(expectedOf(cell, form));
}

describe("the matrix of authentication", () => {
  it("has a row for every renderer and place, a column for every form, and no others", () => {
    assert.deepEqual(Object.keys(EXPECTED).toSorted(), CELLS.map(nameOf).toSorted());
    for (const [row, columns] of Object.entries(EXPECTED)) assert.equal(columns.length, FORM_NAMES.length, row);
    const readers = new Set(CELLS.map(({ renderer, place }) => `${renderer.name} ${place.target}`));
    assert.deepEqual(Object.keys(CALLERS_OF).toSorted(), [...readers].toSorted());
    for (const { name, targets } of NAMED)
      assert.deepEqual(
        targets.filter((target) => !PLACES.some((place) => place.target === target)),
        [],
        name,
      );
  });

  it("has every form that a configuration takes", () => {
    const targets = { aws: { region: "eu-central-1", endpoint: { auth: "another" } } };
    const [problem] = findProblems({ service: "any", predictors: { iris: {} }, targets });
    const words = [...(problem?.message.split("must be")[1] ?? "").matchAll(/"([\w-]+)"/g)].map(([, word]) => word);
    const forms = Object.values(FORMS).flatMap((endpoint) => (endpoint ? [endpoint.auth] : []));
    assert.ok(words.length > 2, problem?.message);
    assert.deepEqual(words.toSorted(), forms.filter((auth) => typeof auth === "string").toSorted());
    assert.ok(forms.some((auth) => typeof auth === "object"));
  });
});

describe("an endpoint is rendered as protected as it is asked for, or refused", () => {
  for (const cell of CELLS) {
    for (const form of FORM_NAMES) {
      it(`${nameOf(cell)}, ${form}`, () => {
        const expected = expectedOf(cell, form);
        const plan = resolvePlan(configOf(cell.place, form));
        const errors = checkPlan(plan).filter(isError);
        if (CALLERS.includes(expected)) {
          assert.deepEqual(errors, []);
          const callers = callersOf(cell, render(cell, form));
          assert.equal(kindOf(callers), expected);
          assert.ok(isNoMoreOpen(form, callers), `asked for ${form}, and open to ${callers}`);
          return;
        }
        const [error, ...others] = errors;
        assert.deepEqual([error?.rule, others], [expected, []]);
        assert.throws(() => render(cell, form), {
          code: "invalid-option",
          message: `${error?.where} is ${error?.seen} in stage dev. ${error?.why} Fix: ${error?.fix}.`,
        });
      });
    }
  }
});

describe("a second deployment is never more open than before and than it is asked for", () => {
  const deployments = {
    "scripts: azure": () => new AzureApp(),
    "scripts: gcp, function": () => new GoogleService(),
    "scripts: gcp, service": () => new GoogleService(),
  };
  for (const cell of CELLS.filter(({ renderer }) => renderer.name === "scripts")) {
    const start = deployments[nameOf(cell) as keyof typeof deployments];
    const forms = FORM_NAMES.filter((form) => isRendered(cell, form));
    assert.ok(forms.length > 3);
    for (const from of forms) {
      it(`${nameOf(cell)}, from ${from} to any other form, after each call`, () => {
        for (const to of forms) {
          const running = start();
          const [first, second] = [from, to].map((form) => render(cell, form)[0] as OutputFile);
          running.deploy(tools, first as OutputFile);
          const earlier = running.callers;
          assert.notEqual(earlier, "nobody");
          const later = running.deploy(tools, second as OutputFile);
          const wrong = later.filter((callers) => callers !== earlier && !isNoMoreOpen(to, callers));
          assert.deepEqual(wrong, [], `to ${to}`);
          assert.ok(isNoMoreOpen(to, running.callers), `to ${to}: open to ${running.callers}`);
        }
      });
    }
  }
});

describe("predictors that share a gateway, and stages that share a file, keep what each asks for", () => {
  for (const cell of CELLS.filter(({ renderer }) => ["serverless", "terraform"].includes(renderer.name))) {
    it(nameOf(cell), () => {
      const forms = FORM_NAMES.filter((form) => isRendered(cell, form) && form !== "absent");
      for (const first of forms) {
        for (const second of forms) {
          const swapped = { iris: endpointOf(cell.place, second), roses: endpointOf(cell.place, first) };
          const config: Config = {
            service: "flowers",
            predictors: { iris: endpointOf(cell.place, first), roses: endpointOf(cell.place, second) },
            targets: cell.place.targets,
            stages: { dev: {}, prod: { predictors: swapped } },
          };
          const files = cell.renderer.render(["dev", "prod"].map((stage) => resolvePlan(config, stage)));
          for (const [stage, predictor, form] of [
            ["dev", "iris", first],
            ["dev", "roses", second],
            ["prod", "iris", second],
            ["prod", "roses", first],
          ] as const) {
            const callers = callersOf(cell, files, { stage, predictor });
            assert.equal(kindOf(callers), expectedOf(cell, form), `${predictor} in ${stage}, ${first} and ${second}`);
            assert.ok(isNoMoreOpen(form, callers), `${predictor} in ${stage}, ${first} and ${second}: ${callers}`);
          }
        }
      }
    });
  }
});

describe("a Terraform module that was rendered for one stage", () => {
  for (const cell of CELLS.filter(({ renderer }) => renderer.name === "terraform")) {
    it(`opens no endpoint of another stage's variables: ${nameOf(cell)}`, () => {
      const forms = FORM_NAMES.filter((form) => isRendered(cell, form));
      for (const module of forms) {
        for (const values of forms) {
          const isValues = ({ path }: OutputFile) => path.endsWith(".tfvars");
          const files = [
            ...render(cell, module).filter((file) => !isValues(file)),
            ...render(cell, values).filter(isValues),
          ];
          const callers = callersOf(cell, files);
          assert.ok(isNoMoreOpen(values, callers), `${values} in the module of ${module}: open to ${callers}`);
        }
      }
    });
  }
});
