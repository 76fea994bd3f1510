import { dirname } from "node:path";
import { entryOf } from "../invoke/find-predictor.ts";
import { buildTarget } from "../plan/read-measurements.ts";
import { type Deployment, functionsOf } from "./deploy-tool.ts";

/** Builds the artefact of each function. Artefacts whose sources did not change are not built again. */
export async function buildArtefacts(deployment: Deployment): Promise<void> {
  const { config, folder, artefacts, note } = deployment;
  // Imported here, so that other commands do not load the bundler.
  const { build, storeKindsOf } = await import("@tricast/pack");
  for (const fn of functionsOf(deployment)) {
    const entry = entryOf(config, fn.predictor, folder);
    const [result] = await build({
      predictor: entry,
      handlers: dirname(entry),
      out: artefacts,
      targets: [buildTarget(fn)],
      archs: [fn.architecture],
      layers: fn.packaging === "layers" ? true : undefined,
      stores: storeKindsOf(Object.values(fn.models)),
      environment: fn.environment,
    });
    note(`${fn.name}: ${result?.unchanged === true ? "unchanged" : "built"}`);
  }
}
