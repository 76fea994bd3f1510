import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TricastError } from "@tricast/core";
import type { TargetName } from "@tricast/plan";

/** What the last deployment of a stage to a target left behind, for the commands that speak to it. */
export interface Deployed {
  readonly target: TargetName;
  readonly stage: string;
  /** The tool that did it. */
  readonly via: string;
  /** By predictor: where it is mounted. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** Beside the artefacts, which are made here as well. */
export function deployedFile(artefacts: string, target: TargetName, stage: string): string {
  return join(artefacts, "deployed", `${target}-${stage}.json`);
}

export function writeDeployed(artefacts: string, deployed: Deployed): void {
  const file = deployedFile(artefacts, deployed.target, deployed.stage);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(deployed, null, 2)}\n`);
}

/** @throws {TricastError} `invalid-option` where nothing was deployed from here. */
export function readDeployed(artefacts: string, target: TargetName, stage: string): Deployed {
  const file = deployedFile(artefacts, target, stage);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new TricastError(
      "invalid-option",
      `nothing was deployed from here to ${target} in stage ${stage} (${file} is not there); run: tricast deploy ${target} --stage ${stage}, or give a URL`,
      { cause },
    );
  }
}
