import { type AnyPredictor, TricastError } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import type { RunnableHost } from "../model-host.ts";
import { SERVER } from "../platform.ts";
import type { ModelEntry, ServedModel } from "../served-model.ts";
import { HostBase, toEntry } from "./host-base.ts";
import { noSuchModel, noSuchVersion } from "./not-found.ts";

const DEFAULT_VERSION = "1";

/** The predictors of `serve`, which do not change while the server runs. */
export class FixedHost extends HostBase implements RunnableHost {
  readonly canLoad = false;
  protected readonly all: readonly ServedModel[];
  private readonly models: ReadonlyMap<string, ServedModel>;

  /**
   * @throws {TricastError} `invalid-option` without a predictor, or for two with the same name; `invalid-definition` for a
   * value that `definePredictor` did not return.
   */
  constructor(predictors: readonly AnyPredictor[]) {
    super();
    if (predictors.length === 0) throw new TricastError("invalid-option", "serve got no predictor; pass at least one");
    const models = new Map<string, ServedModel>();
    for (const model of predictors.map(serve)) {
      if (models.has(model.name)) throw namedTwice(model.name);
      models.set(model.name, model);
    }
    this.models = models;
    this.all = [...models.values()];
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

  async load(): Promise<never> {
    throw new TricastError(
      "not-implemented",
      'This server cannot load or unload models; use "tricast serve" with a folder of models',
    );
  }

  unload(): Promise<never> {
    return this.load();
  }
}

function serve(predictor: AnyPredictor): ServedModel {
  // `createService` refuses a value that is not a predictor.
  const basePath = `/${predictor?.definition?.name}`;
  const service = createService(predictor, { platform: SERVER, basePath });
  return { name: service.name, version: predictor.definition.version ?? DEFAULT_VERSION, service, predictor };
}

function namedTwice(name: string): TricastError {
  return new TricastError("invalid-option", `Two predictors are named "${name}"; give each its own name`);
}
