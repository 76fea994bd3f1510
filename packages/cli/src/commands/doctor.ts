import type { Config, TargetName } from "@tricast/plan";
import { defineCommand } from "../command.ts";
import { examine } from "../doctor/examine.ts";
import { loadConfig } from "../load-config.ts";
import { oneOf, optionalArgument } from "../options.ts";
import { CONFIG, STAGE, TARGETS } from "../stage-options.ts";
import { table } from "../table.ts";

export const doctor = defineCommand({
  path: ["doctor"],
  summary: "Checks what a deployment needs: tools, credentials, models and disk space.",
  details: ["Each check prints its finding and how to fix it. The exit code is 1 if a check finds an error."],
  arguments: {
    target: optionalArgument(
      "TARGET",
      `The cloud: ${TARGETS.join(", ")}. Default: every cloud in the configuration.`,
      oneOf(TARGETS),
    ),
  },
  options: { stage: STAGE, config: CONFIG },
  examples: ["doctor", "doctor aws --stage prod --json"],
  run: async ({ target, stage, config: configFile }, { env }) => {
    const { config, folder } = await tryLoad(configFile);
    const targets = target === undefined ? targetsOf(config) : [target];
    const checks = await examine({ folder, configFile, config, stage, targets, env });
    const rows = checks.map(({ name, status, finding, fix }) => [
      status,
      name,
      fix === "" ? finding : `${finding}; ${fix}`,
    ]);
    return {
      json: { checks },
      text: table(["STATUS", "CHECK", "FINDING"], rows),
      exitCode: checks.some(({ status }) => status === "error") ? 1 : 0,
    };
  },
});

/** A configuration that does not load is a finding of a check, not an error of the command. */
async function tryLoad(given: string | undefined): Promise<{ config: Config | undefined; folder: string }> {
  try {
    return await loadConfig(given);
  } catch {
    return { config: undefined, folder: process.cwd() };
  }
}

function targetsOf(config: Config | undefined): readonly TargetName[] {
  return TARGETS.filter((target) => config === undefined || config.targets[target] !== undefined);
}
