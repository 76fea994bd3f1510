import { type AnyPredictor, TricastError } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import type { LoadCounter, RunnableHost } from "../model-host.ts";
import { SERVER } from "../platform.ts";
import type { ModelEntry, ServedModel } from "../served-model.ts";
import { noSuchModel, noSuchVersion } from "./not-found.ts";
import { retryModel, startModel } from "./start-model.ts";
import { toEntry } from "./to-entry.ts";

const DEFAULT_VERSION = "1";

/** Predictors that are given when the server starts, and stay. */
export class FixedHost implements RunnableHost {
  readonly canLoad = false;
  private readonly models: ReadonlyMap<string, ServedModel>;
  private readonly all: readonly ServedModel[];
  private withdrawn = false;
  private loads: LoadCounter = { loaded: () => {} };

  /** @throws {TricastError} `invalid-option` for no predictor, or two of one name; `invalid-definition` for what is none. */
  constructor(predictors: readonly AnyPredictor[]) {
    if (predictors.length === 0) throw new TricastError("invalid-option", "serve got no predictor; give at least one");
    const models = new Map<string, ServedModel>();
    for (const predictor of predictors) {
      const model = serve(predictor);
      if (models.has(model.name)) {
        throw new TricastError(
          "invalid-option",
          `Two predictors are named "${model.name}"; routes need names that differ`,
        );
      }
      models.set(model.name, model);
    }
    this.models = models;
    this.all = [...models.values()];
  }

  get ready(): boolean {
    return !this.withdrawn && this.all.every(({ service }) => service.state === "ready");
  }

  list(): readonly ServedModel[] {
    return this.all;
  }

  find(name: string, version?: string): ServedModel {
    const model = this.models.get(name);
    if (model === undefined) throw noSuchModel(name, [...this.models.keys()]);
    if (version !== undefined && version !== model.version) throw noSuchVersion(name, version, [model.version]);
    return model;
  }

  versions(name: string): readonly string[] {
    const model = this.models.get(name);
    return model === undefined ? [] : [model.version];
  }

  async index(): Promise<readonly ModelEntry[]> {
    return this.all.map(toEntry);
  }

  async load(): Promise<ServedModel> {
    throw fixed();
  }

  async unload(): Promise<void> {
    throw fixed();
  }

  async start(loads: LoadCounter): Promise<void> {
    this.loads = loads;
    await Promise.all(this.all.map((model) => startModel(model, loads)));
  }

  retryFailed(): void {
    for (const model of this.all) retryModel(model, this.loads);
  }

  withdraw(): void {
    this.withdrawn = true;
  }

  async close(): Promise<void> {
    this.withdrawn = true;
    await Promise.all(this.all.map(({ service }) => service.close()));
  }
}

function serve(predictor: AnyPredictor): ServedModel {
  const service = createService(predictor, { platform: SERVER, basePath: basePathOf(predictor) });
  return { name: service.name, version: predictor.definition.version ?? DEFAULT_VERSION, service, predictor };
}

/** Left out for what is no predictor, so that it is the service that says so. */
function basePathOf(predictor: AnyPredictor): string | undefined {
  const name: unknown = (predictor as Partial<AnyPredictor> | undefined)?.definition?.name;
  return typeof name === "string" ? `/${name}` : undefined;
}

function fixed(): TricastError {
  return new TricastError(
    "not-implemented",
    'The models of this server are fixed when it starts; "tricast serve" of a folder loads and unloads',
  );
}
