import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, resolvePlan, type TargetName } from "@tricast/plan";
import { buildArtefacts } from "../../src/deploy/build-artefacts.ts";
import { IRIS } from "./live-endpoint.ts";
import { scratchFolder } from "./run-cli.ts";

/** A folder with a configuration of one predictor, the iris example of this repository. */
export function flowerProject(targets: Config["targets"], more: Partial<Config> = {}): string {
  const folder = scratchFolder();
  const config = { ...flowers(targets), ...more };
  writeFileSync(join(folder, "tricast.config.mjs"), `export default ${JSON.stringify(config, null, 2)};\n`);
  return folder;
}

/** The same with the artefacts of its target there already, so that a deployment finds them unchanged. */
export async function builtFlowerProject(targets: Config["targets"], more: Partial<Config> = {}): Promise<string> {
  const folder = flowerProject(targets, more);
  for (const target of Object.keys(targets ?? {}) as TargetName[]) {
    // With its times, by which a build knows that nobody touched it.
    cpSync(await builtOnce(target), join(folder, ".tricast"), { recursive: true, preserveTimestamps: true });
  }
  return folder;
}

const TARGETS = {
  aws: { region: "eu-central-1" },
  azure: { location: "westeurope" },
  gcp: { project: "flowers-123", region: "europe-west3" },
} as const satisfies Config["targets"];

/** Made while the file is loaded, so that it stays until its last test. */
const BUILDS = scratchFolder();
const builds = new Map<TargetName, Promise<string>>();

/** The artefacts of a target as `tricast deploy` builds them, once for all tests of a file. */
function builtOnce(target: TargetName): Promise<string> {
  const begun = builds.get(target) ?? buildInto(join(BUILDS, target), target);
  builds.set(target, begun);
  return begun;
}

async function buildInto(artefacts: string, target: TargetName): Promise<string> {
  const config = flowers({ [target]: TARGETS[target] });
  const plan = resolvePlan(config);
  await buildArtefacts({ target, plan, config, folder: BUILDS, artefacts, env: {}, note: () => {} });
  return artefacts;
}

function flowers(targets: Config["targets"]) {
  return { service: "flowers", predictors: { iris: { entry: IRIS } }, targets };
}
