import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TargetName } from "@tricast/plan";
import { invalidOption } from "../usage-error.ts";

/** The record of the last deployment of a stage to a target, for the commands that call its endpoints. */
export interface Deployed {
  readonly target: TargetName;
  readonly stage: string;
  /** The tool that deployed. */
  readonly via: string;
  /** The URL of each predictor, by name. */
  readonly endpoints: Readonly<Record<string, string>>;
}

function deployedFile(artefacts: string, target: TargetName, stage: string): string {
  return join(artefacts, "deployed", `${target}-${stage}.json`);
}

export function writeDeployed(artefacts: string, deployed: Deployed): void {
  const file = deployedFile(artefacts, deployed.target, deployed.stage);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(deployed, null, 2)}\n`);
}

/** @throws {TricastError} `invalid-option` if nothing was deployed from this folder. */
export function readDeployed(artefacts: string, target: TargetName, stage: string): Deployed {
  const file = deployedFile(artefacts, target, stage);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw invalidOption(
      `nothing was deployed from here to ${target} in stage ${stage} (${file} does not exist); run: tricast deploy ${target} --stage ${stage}, or give a URL`,
      cause,
    );
  }
}
