import { resolve } from "node:path";
import { resolvePlan } from "@tricast/plan";
import { defineCommand } from "../command.ts";
import { authorizationFor } from "../invoke/authorize.ts";
import { choosePredictor, endpointUrl, functionOf, regionOf } from "../invoke/find-predictor.ts";
import { loadConfig } from "../load-config.ts";
import { count, defaulted } from "../options.ts";
import { API_KEY, ARTEFACTS, CONFIG, PREDICTOR, STAGE, TARGET, TOKEN } from "../stage-options.ts";
import { warmLambda, warmOverHttp } from "../warm/warm-function.ts";

export const warm = defineCommand({
  path: ["warm"],
  summary: "Warms instances of a deployed predictor now, and counts the distinct ones that it reached.",
  details: [
    "On AWS, pings go to the alias through Lambda's own API, and hold their instances until all have arrived. On Azure\n" +
      "and Google they go over HTTP with TRICAST_WARMUP_SECRET, and hold where an instance serves one request at a time;\n" +
      "else several may reach the same. With fewer instances than asked for the exit code is 1.",
  ],
  arguments: { target: TARGET },
  options: {
    concurrency: defaulted({
      flag: "concurrency",
      placeholder: "N",
      description: "Instances to reach.",
      parse: count(1),
      fallback: 1,
    }),
    predictor: PREDICTOR,
    apiKey: { ...API_KEY, description: "Function key (Azure)." },
    token: { ...TOKEN, description: "Bearer token of the endpoint's issuer (Azure)." },
    stage: STAGE,
    config: CONFIG,
    artefacts: ARTEFACTS,
  },
  examples: ["warm aws --stage prod --predictor iris --concurrency 10", "warm gcp --predictor iris"],
  run: async ({ target, concurrency, predictor, stage, config: given, artefacts, ...keys }, { env }) => {
    const { config, folder } = await loadConfig(given);
    const plan = resolvePlan(config, stage);
    const fn = functionOf(plan, target, choosePredictor(config, predictor));
    const overHttp = () => {
      const url = endpointUrl(resolve(folder, artefacts), plan, fn);
      const endpoint = fn.endpoint ?? { kind: "http", auth: "none" };
      const authorization = authorizationFor(target, endpoint, regionOf(plan), { env, ...keys });
      const isOneAtATime = fn.concurrency === 1;
      return warmOverHttp({ url, concurrency, isOneAtATime, authorization, env });
    };
    const result = target === "aws" ? await warmLambda(plan, fn, concurrency, env) : await overHttp();
    const reached = result.instances.length;
    return {
      json: { name: fn.name, concurrency, reached, ...result },
      text: `${fn.name}: ${reached} of ${concurrency} instances are warm (rounds: ${result.rounds}, hold: ${result.holdMs} ms)`,
      exitCode: reached >= concurrency ? 0 : 1,
    };
  },
});
