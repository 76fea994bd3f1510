import { join } from "node:path";
import { type AnyPredictor, TricastError } from "@tricast/core";
import { createLogger, createService, messageOf } from "@tricast/core/adapter";
import { getOrAdd } from "../../get-or-add.ts";
import type { LoadCounter, LoadOptions, RunnableHost } from "../../model-host.ts";
import { SERVER } from "../../platform.ts";
import type { ModelEntry, ServedModel } from "../../served-model.ts";
import { noSuchModel, noSuchVersion } from "../not-found.ts";
import { retryModel, startModel } from "../start-model.ts";
import { toEntry } from "../to-entry.ts";
import { refuseTooLarge } from "./memory.ts";
import { modelPath } from "./model-path.ts";
import { ModelVersions } from "./model-versions.ts";
import { type Aliases, NO_ALIASES, readAliases } from "./read-aliases.ts";
import { type ModelOnDisk, ONLY_VERSION, scanFolder, scanModel } from "./scan-folder.ts";

/** A predictor of a model file, or of the folder with that file in it. */
export type OpenModel = (model: ModelOnDisk) => AnyPredictor;

export interface FolderHostOptions {
  /** An absolute path, without a slash at its end. */
  readonly root: string;
  readonly open: OpenModel;
  /** Whether everything in the folder is loaded at the start; else only what is asked for. */
  readonly loadAll: boolean;
}

/** A model as it lies in the folder. */
interface FoundModel {
  readonly name: string;
  /** From the oldest to the newest. */
  readonly versions: readonly ModelOnDisk[];
  readonly aliases: Aliases;
}

/** The models of a folder, which come and go by name while the server runs. Names are looked up in what the folder has. */
export class FolderHost implements RunnableHost {
  readonly canLoad = true;
  private readonly options: FolderHostOptions;
  private readonly models = new Map<string, ModelVersions>();
  /** One change of a model at a time; the next begins when the one before has ended, however it did. */
  private readonly changes = new Map<string, Promise<unknown>>();
  private loads: LoadCounter = { loaded: () => {} };
  private scanned = false;
  private withdrawn = false;

  constructor(options: FolderHostOptions) {
    this.options = options;
  }

  get ready(): boolean {
    if (this.withdrawn || !this.scanned) return false;
    for (const { all } of this.models.values()) if (all.some(({ service }) => service.state !== "ready")) return false;
    return true;
  }

  list(): readonly ServedModel[] {
    return [...this.models.values()].map(({ byDefault }) => byDefault);
  }

  find(name: string, version?: string): ServedModel {
    const asked = this.toReference(name);
    const versions = this.models.get(asked.name);
    if (versions === undefined) throw noSuchModel(asked.name, [...this.models.keys()]);
    const wanted = version ?? asked.at;
    const model = wanted === undefined ? versions.byDefault : versions.find(wanted);
    if (model !== undefined) return model;
    throw noSuchVersion(asked.name, wanted ?? "", versions.all.map(versionOf));
  }

  versions(name: string): readonly string[] {
    const asked = this.toReference(name);
    const versions = this.models.get(asked.name);
    if (asked.at === undefined) return (versions?.all ?? []).map(versionOf);
    const model = versions?.find(asked.at);
    return model === undefined ? [] : [model.version];
  }

  async index(): Promise<readonly ModelEntry[]> {
    const { loaded } = this;
    const known = new Set(loaded.map(keyOf));
    const others = (await scanFolder(this.options.root)).filter((model) => !known.has(keyOf(model)));
    return [
      ...loaded.map(toEntry),
      ...others.map(({ name, version }) => ({ name, version, state: "unloaded" as const, code: undefined })),
    ];
  }

  load(name: string, { path }: LoadOptions = {}): Promise<ServedModel> {
    return this.inTurn(name, async () => {
      if (path !== undefined && this.models.has(name))
        throw new TricastError("already-loaded", `Model "${name}" is loaded already; unload it first`);
      const found = path === undefined ? await this.onDisk(name) : await this.at(path, name);
      refuseTooLarge(found.versions);
      return this.replace(name, found);
    });
  }

  unload(name: string): Promise<void> {
    return this.inTurn(name, async () => {
      const versions = this.models.get(name);
      if (versions === undefined) throw noSuchModel(name, [...this.models.keys()]);
      this.models.delete(name);
      await retire(versions.all);
    });
  }

  async start(loads: LoadCounter): Promise<void> {
    this.loads = loads;
    const found = this.options.loadAll ? await this.scan() : [];
    if (found === undefined) return;
    for (const model of found) this.models.set(model.name, this.openAll(model));
    this.scanned = true;
    await Promise.all(this.loaded.map((model) => startModel(model, loads)));
  }

  retryFailed(): void {
    for (const { all } of this.models.values()) for (const model of all) retryModel(model, this.loads);
  }

  withdraw(): void {
    this.withdrawn = true;
  }

  async close(): Promise<void> {
    this.withdrawn = true;
    await closeAll(this.loaded);
  }

  /** `iris@prod` is the version of `iris` that `prod` stands for, unless a model is called so. */
  private toReference(text: string): { readonly name: string; readonly at: string | undefined } {
    const split = this.models.has(text) ? -1 : text.indexOf("@");
    if (split === -1) return { name: text, at: undefined };
    return { name: text.slice(0, split), at: text.slice(split + 1) };
  }

  private get loaded(): readonly ServedModel[] {
    return [...this.models.values()].flatMap(({ all }) => all);
  }

  /** `undefined` where the folder cannot be read: then the server is never ready. */
  private async scan(): Promise<readonly FoundModel[] | undefined> {
    try {
      const byName = new Map<string, ModelOnDisk[]>();
      for (const model of await scanFolder(this.options.root)) getOrAdd(byName, model.name, () => []).push(model);
      return await Promise.all([...byName].map(([name, versions]) => this.withAliases(name, versions)));
    } catch (error) {
      createLogger(SERVER).error(`The folder of models cannot be read: ${messageOf(error)}`, { error });
      return undefined;
    }
  }

  private async onDisk(name: string): Promise<FoundModel> {
    const all = await scanFolder(this.options.root);
    const versions = all.filter((model) => model.name === name);
    if (versions.length > 0) return this.withAliases(name, versions);
    throw noSuchModel(name, [...new Set(all.map((model) => model.name))]);
  }

  /** The name is one that the folder has. */
  private async withAliases(name: string, versions: readonly ModelOnDisk[]): Promise<FoundModel> {
    const aliases = await readAliases(join(this.options.root, name), versions.map(versionOf));
    return { name, versions, aliases };
  }

  private async at(path: string, name: string): Promise<FoundModel> {
    const model = await scanModel(await modelPath(this.options.root, path), name, ONLY_VERSION);
    if (model !== undefined) return { name, versions: [model], aliases: NO_ALIASES };
    throw new TricastError("not-found", `There is no .onnx or .ort file in ${JSON.stringify(path)}`);
  }

  /** Loaded beside what it replaces, which goes when its requests are answered; left as it is where loading fails. */
  private async replace(name: string, found: FoundModel): Promise<ServedModel> {
    const fresh = this.openAll(found);
    try {
      for (const model of fresh.all) {
        await startModel(model, this.loads);
        await model.service.describe();
      }
    } catch (error) {
      await closeAll(fresh.all);
      throw error;
    }
    const before = this.models.get(name);
    this.models.set(name, fresh);
    if (before !== undefined) void retire(before.all);
    return fresh.byDefault;
  }

  private openAll({ versions, aliases }: FoundModel): ModelVersions {
    const all = versions.map((version) => this.open(version));
    return new ModelVersions(all, aliases);
  }

  private open(model: ModelOnDisk): ServedModel {
    const predictor = this.options.open(model);
    return {
      name: model.name,
      version: model.version,
      predictor,
      service: createService(predictor, { platform: SERVER }),
    };
  }

  private inTurn<T>(name: string, change: () => Promise<T>): Promise<T> {
    const turn = (this.changes.get(name) ?? Promise.resolve()).then(change, change);
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (this.changes.get(name) === settled) this.changes.delete(name);
      });
    this.changes.set(name, settled);
    return turn;
  }
}

function versionOf({ version }: { readonly version: string }): string {
  return version;
}

function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name} ${version}`;
}

/** In a later turn: a request that has found one of them in this turn may not have begun with it. */
async function retire(models: readonly ServedModel[]): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await closeAll(models);
}

async function closeAll(models: readonly ServedModel[]): Promise<void> {
  await Promise.all(models.map(({ service }) => service.close()));
}
