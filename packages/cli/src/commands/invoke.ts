import type { AnyPredictor } from "@tricast/core";
import type { TargetName } from "@tricast/plan";
import { defineCommand, type Values } from "../command.ts";
import { authorizationOf } from "../invoke/authorize.ts";
import { callEndpoint, type InvokeAnswer } from "../invoke/call-endpoint.ts";
import { callLocal, importPredictor } from "../invoke/call-local.ts";
import { findDeployed, liveEndpoint } from "../invoke/find-deployed.ts";
import { choosePredictor, entryOf } from "../invoke/find-predictor.ts";
import { readData, readExample } from "../invoke/read-input.ts";
import type { Env, Outcome } from "../io.ts";
import { type LoadedConfig, loadConfig } from "../load-config.ts";
import { argument, count, defaulted, optional } from "../options.ts";
import { API_KEY, PREDICTOR, STAGE_OPTIONS, TARGETS, TOKEN } from "../stage-options.ts";
import { UsageError } from "../usage-error.ts";

const LOCAL = "local";

const OPTIONS = {
  predictor: PREDICTOR,
  example: defaulted("N", "Sends the predictor's example with this number.", { parse: count(0), fallback: 0 }),
  data: optional("JSON", "Sends this input instead of an example. @FILE sends the content of a file."),
  apiKey: API_KEY,
  token: TOKEN,
  ...STAGE_OPTIONS,
};

type InvokeValues = Values<unknown, typeof OPTIONS>;

export const invoke = defineCommand({
  path: ["invoke"],
  summary: "Sends one input to a local or deployed predictor, and prints the response and timings.",
  details: [
    "A target means the endpoint of the last deployment from this folder. If the endpoint requires it, the command signs " +
      "the request (AWS, with credentials from the environment or the AWS CLI) or sends an identity token (Google, from the " +
      "metadata server or gcloud).",
  ],
  arguments: {
    where: argument("WHERE", `${LOCAL}, ${TARGETS.join(", ")}, or the URL of a predictor.`, parseWhere),
  },
  options: OPTIONS,
  examples: [
    "invoke local --predictor iris --example 0",
    "invoke aws --stage prod --predictor iris --data @flower.json",
    "invoke https://iris.example.org --data {}",
  ],
  run: async ({ where, ...options }, { env }) => {
    const answer = where instanceof URL ? await callUrl(where, options, env) : await callTarget(where, options, env);
    return outcome(answer);
  },
});

async function callUrl(url: URL, values: InvokeValues, env: Env): Promise<InvokeAnswer> {
  const body = await readBody(values, async () => importOf(await loadConfig(values.config), values));
  return callEndpoint({ url: url.href, body, env, authorization: authorizationOf(url, { env, ...values }) });
}

async function callTarget(where: TargetName | typeof LOCAL, values: InvokeValues, env: Env): Promise<InvokeAnswer> {
  const loaded = await loadConfig(values.config);
  const readPredictor = () => importOf(loaded, values);
  if (where === LOCAL) return callLocal(await readPredictor(), await readBody(values, readPredictor));
  const deployed = findDeployed(loaded, where, choosePredictor(loaded.config, values.predictor), values.stage);
  return callEndpoint({ ...liveEndpoint(deployed, values, env), body: await readBody(values, readPredictor), env });
}

/** Reads the predictor only for an example. */
async function readBody({ data, example }: InvokeValues, read: () => Promise<AnyPredictor>): Promise<string> {
  return data === undefined ? readExample(await read(), example) : readData(data);
}

function importOf({ config, folder }: LoadedConfig, { predictor }: InvokeValues): Promise<AnyPredictor> {
  return importPredictor(entryOf(config, choosePredictor(config, predictor), folder));
}

function parseWhere(text: string): TargetName | typeof LOCAL | URL {
  const name = [LOCAL, ...TARGETS].find((one) => one === text);
  if (name !== undefined) return name as TargetName | typeof LOCAL;
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw new UsageError(
    `${JSON.stringify(text)} is not one of ${[LOCAL, ...TARGETS].join(", ")}, and not an http or https URL; give one of them`,
  );
}

function outcome(answer: InvokeAnswer): Outcome {
  const { status, body, cold, timings, totalMs, instance } = answer;
  const phases = Object.entries(timings).map(([phase, ms]) => `${phase} ${ms} ms`);
  const facts = [
    `status ${status}`,
    ...(cold === undefined ? [] : [cold ? "cold" : "warm"]),
    `${totalMs} ms in total`,
    ...(phases.length === 0 ? [] : [`in the server: ${phases.join(", ")}`]),
    ...(instance === undefined ? [] : [`instance ${instance}`]),
  ];
  const text = typeof body === "string" ? body : JSON.stringify(body, null, 2);
  return { json: answer, text: `${text}\n\n${facts.join(" · ")}`, exitCode: status < 400 ? 0 : 1 };
}
