import type { LoadCounter } from "../model-host.ts";
import type { ServedModel } from "../served-model.ts";

/** Loads and warms. Never rejects; the service has logged what failed, and keeps it. */
export async function startModel(model: ServedModel, loads: LoadCounter): Promise<void> {
  await model.service.start();
  loads.loaded(model, model.service.state === "ready" ? "ready" : "failed");
}

/** Loads again what has failed, unless its pause is not over. */
export function retryModel(model: ServedModel, loads: LoadCounter): void {
  const { service } = model;
  if (service.state !== "failed") return;
  // To describe a model is to load it, and leaves nobody holding it.
  service.describe().then(
    () => loads.loaded(model, "ready"),
    () => undefined,
  );
}
