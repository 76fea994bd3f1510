import { dirname } from "node:path";
import { entryOf } from "../invoke/find-predictor.ts";
import { buildTarget } from "../plan/read-measurements.ts";
import { type Deployment, functionsOf } from "./deploy-tool.ts";

/** Builds what each function is deployed from; what did not change is not built again. */
export async function buildArtefacts(deployment: Deployment): Promise<void> {
  const { config, folder, artefacts, tell } = deployment;
  // Imported here, so that no other command waits for the bundler.
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
    tell(`${fn.name}: ${result?.unchanged === true ? "unchanged" : "built"}`);
  }
}
