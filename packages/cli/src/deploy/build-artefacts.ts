import { dirname } from "node:path";
import { entryOf } from "../live/locate.ts";
import { buildTarget } from "../plan/read-measurements.ts";
import { type Deployment, functionsOf } from "./deploy-tool.ts";

/** Builds what each function is deployed from; what did not change is not built again. */
export async function buildArtefacts(deployment: Deployment): Promise<void> {
  const { config, folder, artefacts, tell } = deployment;
  // Imported here, so that no other command waits for the bundler.
  const { build } = await import("@tricast/pack");
  for (const fn of functionsOf(deployment)) {
    const entry = entryOf(config, fn.predictor, folder);
    const [result] = await build({
      predictor: entry,
      handlers: dirname(entry),
      out: artefacts,
      targets: [buildTarget(fn)],
      archs: [fn.architecture],
      layers: fn.packaging === "layers" ? true : undefined,
      stores: storesOf(Object.values(fn.models)),
      environment: fn.environment,
    });
    tell(`${fn.name}: ${result?.unchanged === true ? "unchanged" : "built"}`);
  }
}

type StoreKind = "s3" | "gs" | "az" | "https";

function storesOf(uris: readonly string[]): readonly StoreKind[] {
  const kinds = ["s3", "gs", "az", "https"] as const;
  return kinds.filter((kind) => uris.some((uri) => uri.startsWith(`${kind}:`)));
}
