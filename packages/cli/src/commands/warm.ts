import { defineCommand } from "../command.ts";
import { findDeployed, liveEndpoint } from "../invoke/find-deployed.ts";
import { choosePredictor } from "../invoke/find-predictor.ts";
import { loadConfig } from "../load-config.ts";
import { count, defaulted } from "../options.ts";
import { API_KEY, PREDICTOR, STAGE_OPTIONS, TARGET, TOKEN } from "../stage-options.ts";
import { warmLambda, warmOverHttp } from "../warm/warm-function.ts";

export const warm = defineCommand({
  path: ["warm"],
  summary: "Warms instances of a deployed predictor, and counts the instances it reached.",
  details: [
    "On AWS, the pings go to the alias through Lambda's API. Each holds its instance until all have arrived, so that each " +
      "reaches a different instance. On Azure and Google, the pings go over HTTP with TRICAST_WARMUP_SECRET. They hold " +
      "their instances only if an instance serves one request at a time; otherwise several pings may reach one instance. " +
      "The exit code is 1 if the pings reach fewer instances than requested.",
  ],
  arguments: { target: TARGET },
  options: {
    concurrency: defaulted("N", "Number of instances to reach.", { parse: count(1), fallback: 1 }),
    predictor: PREDICTOR,
    apiKey: { ...API_KEY, description: "Function key (Azure)." },
    token: { ...TOKEN, description: "Bearer token from the endpoint's issuer (Azure)." },
    ...STAGE_OPTIONS,
  },
  examples: ["warm aws --stage prod --predictor iris --concurrency 10", "warm gcp --predictor iris"],
  run: async ({ target, concurrency, predictor, config, ...options }, { env }) => {
    const loaded = await loadConfig(config);
    const deployed = findDeployed(loaded, target, choosePredictor(loaded.config, predictor), options.stage);
    const { fn, plan } = deployed;
    const isOneAtATime = fn.concurrency === 1;
    const result =
      target === "aws"
        ? await warmLambda(plan, fn, concurrency, env)
        : await warmOverHttp({ ...liveEndpoint(deployed, options, env), concurrency, isOneAtATime, env });
    const reached = result.instances.length;
    return {
      json: { name: fn.name, concurrency, reached, ...result },
      text: `${fn.name}: ${reached} of ${concurrency} instances are warm (rounds: ${result.rounds}, hold: ${result.holdMs} ms)`,
      exitCode: reached >= concurrency ? 0 : 1,
    };
  },
});
