import type { LoadCounter } from "../model-host.ts";
import type { ModelEntry, ServedModel } from "../served-model.ts";

/** The life of the models of a host: loading, retries, readiness and release. */
export abstract class HostBase {
  /** All versions of all models, loaded or loading. */
  protected abstract readonly all: readonly ServedModel[];
  protected count: LoadCounter = () => {};
  private withdrawn = false;

  get ready(): boolean {
    return !this.withdrawn && this.all.every(({ service }) => service.state === "ready");
  }

  async start(count: LoadCounter): Promise<void> {
    this.count = count;
    await Promise.all(this.all.map((model) => startModel(model, count)));
  }

  retryFailed(): void {
    for (const model of this.all) retryModel(model, this.count);
  }

  withdraw(): void {
    this.withdrawn = true;
  }

  async close(): Promise<void> {
    this.withdraw();
    await closeAll(this.all);
  }
}

/** Loads and warms. Never rejects: the service logs and keeps the error. */
export async function startModel(model: ServedModel, count: LoadCounter): Promise<void> {
  await model.service.start();
  count(model, model.service.state === "ready" ? "ready" : "failed");
}

/** Retries a failed load, unless its pause is not over. */
function retryModel(model: ServedModel, count: LoadCounter): void {
  const { service } = model;
  if (service.state !== "failed") return;
  // `describe` loads the model and does not keep it in use.
  service.describe().then(
    () => count(model, "ready"),
    () => undefined,
  );
}

export async function closeAll(models: readonly ServedModel[]): Promise<void> {
  await Promise.all(models.map(({ service }) => service.close()));
}

export function toEntry({ name, version, service }: ServedModel): ModelEntry {
  return { name, version, state: entryState(service), code: service.failureCode };
}

function entryState({ state }: ServedModel["service"]): ModelEntry["state"] {
  if (state === "closed") return "unloaded";
  return state === "ready" || state === "failed" ? state : "loading";
}
