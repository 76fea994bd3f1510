import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@tricast/plan";
import { IRIS } from "./live-endpoint.ts";
import { scratchFolder } from "./run-cli.ts";

/** A folder with a configuration of one predictor, the iris example of this repository. */
export function flowerProject(targets: Config["targets"], more: Partial<Config> = {}): string {
  const folder = scratchFolder();
  const config = { service: "flowers", predictors: { iris: { entry: IRIS } }, targets, ...more };
  writeFileSync(join(folder, "tricast.config.mjs"), `export default ${JSON.stringify(config, null, 2)};\n`);
  return folder;
}
