import { resolve } from "node:path";
import { resolvePlan, type TargetName } from "@tricast/plan";
import { defineCommand } from "../command.ts";
import { authorizationFor, authorizationOf } from "../invoke/authorize.ts";
import { callEndpoint, type InvokeAnswer } from "../invoke/call-endpoint.ts";
import { callLocal, importPredictor } from "../invoke/call-local.ts";
import { choosePredictor, endpointUrl, entryOf, functionOf, regionOf } from "../invoke/find-predictor.ts";
import { readData, readExample } from "../invoke/read-input.ts";
import type { Io, Outcome } from "../io.ts";
import { loadConfig } from "../load-config.ts";
import { argument, count, defaulted, optional, words } from "../options.ts";
import { API_KEY, ARTEFACTS, CONFIG, PREDICTOR, STAGE, TARGETS, TOKEN } from "../stage-options.ts";
import { UsageError } from "../usage-error.ts";

const LOCAL = "local";

export const invoke = defineCommand({
  path: ["invoke"],
  summary: "Sends one input to a predictor, here or live, and prints its answer and where the time went.",
  details: [
    "A target means the endpoint that was deployed from here last. Requests are signed (AWS, from the environment or the\n" +
      "AWS CLI) or carry an identity token (Google, from the metadata server or gcloud) where the endpoint asks for that.",
  ],
  arguments: {
    where: argument("WHERE", `${LOCAL}, ${TARGETS.join(", ")}, or the URL that a predictor is mounted at.`, parseWhere),
  },
  options: {
    predictor: PREDICTOR,
    example: defaulted({
      flag: "example",
      placeholder: "N",
      description: "Sends the predictor's example with this number.",
      parse: count(0),
      fallback: 0,
    }),
    data: optional({
      flag: "data",
      placeholder: "JSON",
      description: "Sends this, or with @FILE what a file holds, instead of an example.",
      parse: words,
    }),
    apiKey: API_KEY,
    token: TOKEN,
    stage: STAGE,
    config: CONFIG,
    artefacts: ARTEFACTS,
  },
  examples: [
    "invoke local --predictor iris --example 0",
    "invoke aws --stage prod --predictor iris --data @flower.json",
    "invoke https://iris.example.org --data {}",
  ],
  run: async ({ where, ...options }, io) => {
    const answer = where instanceof URL ? await callUrl(where, options, io) : await callTarget(where, options, io);
    return outcome(answer);
  },
});

interface InvokeOptions {
  readonly predictor: string | undefined;
  readonly example: number;
  readonly data: string | undefined;
  readonly apiKey: string | undefined;
  readonly token: string | undefined;
  readonly stage: string | undefined;
  readonly config: string | undefined;
  readonly artefacts: string;
}

async function callUrl(url: URL, options: InvokeOptions, { env }: Io): Promise<InvokeAnswer> {
  const body = options.data === undefined ? await exampleOf(options) : readData(options.data);
  return callEndpoint({ url: url.href, body, env, authorization: authorizationOf(url, { env, ...options }) });
}

async function exampleOf({ config: given, predictor, example }: InvokeOptions): Promise<string> {
  const { config, folder } = await loadConfig(given);
  return readExample(await importPredictor(entryOf(config, choosePredictor(config, predictor), folder)), example);
}

async function callTarget(
  where: TargetName | typeof LOCAL,
  options: InvokeOptions,
  { env }: Io,
): Promise<InvokeAnswer> {
  const { config, folder } = await loadConfig(options.config);
  const name = choosePredictor(config, options.predictor);
  const readPredictor = () => importPredictor(entryOf(config, name, folder));
  const readBody = async () =>
    options.data === undefined ? readExample(await readPredictor(), options.example) : readData(options.data);
  if (where === LOCAL) return callLocal(await readPredictor(), await readBody());
  const plan = resolvePlan(config, options.stage);
  const fn = functionOf(plan, where, name);
  const url = endpointUrl(resolve(folder, options.artefacts), plan, fn);
  const endpoint = fn.endpoint ?? { kind: "http", auth: "none" };
  const authorization = authorizationFor(where, endpoint, regionOf(plan), { env, ...options });
  return callEndpoint({ url, body: await readBody(), env, authorization });
}

function parseWhere(text: string): TargetName | typeof LOCAL | URL {
  const name = [LOCAL, ...TARGETS].find((one) => one === text);
  if (name !== undefined) return name as TargetName | typeof LOCAL;
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw new UsageError(
    `${JSON.stringify(text)} is not one of ${[LOCAL, ...TARGETS].join(", ")}, and no http or https URL`,
  );
}

function outcome(answer: InvokeAnswer): Outcome {
  const { status, body, cold, timings, totalMs, instance } = answer;
  const phases = Object.entries(timings).map(([phase, ms]) => `${phase} ${ms} ms`);
  const facts = [
    `status ${status}`,
    ...(cold === undefined ? [] : [cold ? "cold" : "warm"]),
    `${totalMs} ms from here`,
    ...(phases.length === 0 ? [] : [`in the server: ${phases.join(", ")}`]),
    ...(instance === undefined ? [] : [`instance ${instance}`]),
  ];
  const text = typeof body === "string" ? body : JSON.stringify(body, null, 2);
  return { json: answer, text: `${text}\n\n${facts.join(" · ")}`, exitCode: status < 400 ? 0 : 1 };
}
