import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ResolvedFunction } from "@tricast/plan";
import { invalidOption } from "../../usage-error.ts";
import { ask, type Deployment, type DeployTool, functionsOf, run } from "../deploy-tool.ts";

const CONFIGS = ["serverless.yml", "serverless.yaml", "serverless.json", "serverless.ts"];

/** The Serverless Framework, with the service file of the project. */
export const serverless: DeployTool = {
  name: "serverless",
  targets: ["aws"],
  programs: () => ["serverless"],
  check(deployment) {
    const files = CONFIGS.map((name) => join(deployment.folder, name));
    if (files.some((file) => existsSync(file))) return;
    throw invalidOption(
      `${files[0]} does not exist; write it with: tricast render serverless, or deploy with --via terraform`,
    );
  },
  async apply(deployment) {
    await run(deployment, "serverless", ["deploy", ...stageOf(deployment)]);
  },
  async endpoints(deployment) {
    const { stdout } = await ask(deployment, "serverless", ["info", ...stageOf(deployment)]);
    return Object.fromEntries(functionsOf(deployment).flatMap((fn) => endpointIn(stdout, fn)));
  },
};

function stageOf({ plan }: Deployment): readonly string[] {
  return ["--stage", plan.stage, "--region", plan.aws?.region ?? ""];
}

/**
 * Finds the endpoint of a function in the output of `serverless info`. Routes are lines `POST - <url>`, function URLs
 * `<name>: <url>`, or `endpoint: <url>` for a single one (osls 4.3.1, lib/plugins/aws/info/display.js).
 */
function endpointIn(text: string, { predictor, endpoint }: ResolvedFunction): readonly (readonly [string, string])[] {
  if (endpoint === undefined) return [];
  const lines = text.split("\n");
  const urls =
    endpoint.kind === "function-url"
      ? lines.flatMap((line) => new RegExp(`^\\s*(?:${predictor}|endpoint): (https?://\\S+)$`).exec(line)?.[1] ?? [])
      : lines.flatMap((line) => /^\s*(?:endpoint: )?POST - (https?:\/\/\S+)\/predict$/.exec(line)?.[1] ?? []);
  const mounted = endpoint.path === "/" ? "" : endpoint.path;
  const url = urls.find((one) => endpoint.kind === "function-url" || one.endsWith(mounted));
  return url === undefined ? [] : [[predictor, url.replace(/\/$/, "")]];
}
