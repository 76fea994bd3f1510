import { type AnyPredictor, createLogger, createService, messageOf, TricastError } from "@tricast/core";
import { getOrAdd } from "../../get-or-add.ts";
import type { LoadCounter } from "../../metrics/server-metrics.ts";
import type { LoadOptions, RunnableHost } from "../../model-host.ts";
import type { ModelEntry, ServedModel } from "../../served-model.ts";
import { noSuchModel, noSuchVersion } from "../not-found.ts";
import { retryModel, startModel } from "../start-model.ts";
import { toEntry } from "../to-entry.ts";
import { refuseTooLarge } from "./memory.ts";
import { modelPath } from "./model-path.ts";
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

/** The models of a folder, which come and go by name while the server runs. Names are looked up in what the folder has. */
export class FolderHost implements RunnableHost {
  readonly canLoad = true;
  private readonly options: FolderHostOptions;
  /** Versions from the oldest to the newest. */
  private readonly models = new Map<string, readonly ServedModel[]>();
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
    for (const versions of this.models.values())
      if (versions.some(({ service }) => service.state !== "ready")) return false;
    return true;
  }

  list(): readonly ServedModel[] {
    return [...this.models.values()].map((versions) => versions.at(-1) as ServedModel);
  }

  find(name: string, version?: string): ServedModel {
    const versions = this.models.get(name);
    if (versions === undefined) throw noSuchModel(name, [...this.models.keys()]);
    const model = version === undefined ? versions.at(-1) : versions.find((one) => one.version === version);
    if (model !== undefined) return model;
    throw noSuchVersion(name, version ?? "", this.versions(name));
  }

  versions(name: string): readonly string[] {
    return (this.models.get(name) ?? []).map(({ version }) => version);
  }

  async index(): Promise<readonly ModelEntry[]> {
    const loaded = [...this.models.values()].flat();
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
      const found = path === undefined ? await this.onDisk(name) : [await this.at(path, name)];
      refuseTooLarge(found);
      return this.replace(name, found);
    });
  }

  unload(name: string): Promise<void> {
    return this.inTurn(name, async () => {
      const versions = this.models.get(name);
      if (versions === undefined) throw noSuchModel(name, [...this.models.keys()]);
      this.models.delete(name);
      await closeAll(versions);
    });
  }

  async start(loads: LoadCounter): Promise<void> {
    this.loads = loads;
    const found = this.options.loadAll ? await this.scan() : [];
    if (found === undefined) return;
    for (const model of found) {
      const before = getOrAdd<string, readonly ServedModel[]>(this.models, model.name, () => []);
      this.models.set(model.name, [...before, this.open(model)]);
    }
    this.scanned = true;
    await Promise.all([...this.models.values()].flat().map((model) => startModel(model, loads)));
  }

  retryFailed(): void {
    for (const versions of this.models.values()) for (const model of versions) retryModel(model, this.loads);
  }

  withdraw(): void {
    this.withdrawn = true;
  }

  async close(): Promise<void> {
    this.withdrawn = true;
    await Promise.all([...this.models.values()].map(closeAll));
  }

  /** `undefined` where the folder cannot be read: then the server is never ready. */
  private async scan(): Promise<readonly ModelOnDisk[] | undefined> {
    try {
      return await scanFolder(this.options.root);
    } catch (error) {
      createLogger("server").error(`The folder of models cannot be read: ${messageOf(error)}`, { error });
      return undefined;
    }
  }

  private async onDisk(name: string): Promise<readonly ModelOnDisk[]> {
    const all = await scanFolder(this.options.root);
    const found = all.filter((model) => model.name === name);
    if (found.length > 0) return found;
    throw noSuchModel(name, [...new Set(all.map((model) => model.name))]);
  }

  private async at(path: string, name: string): Promise<ModelOnDisk> {
    const model = await scanModel(await modelPath(this.options.root, path), name, ONLY_VERSION);
    if (model !== undefined) return model;
    throw new TricastError("not-found", `There is no .onnx or .ort file in ${JSON.stringify(path)}`);
  }

  /** Loaded beside what it replaces, which goes when its requests are answered; left as it is where loading fails. */
  private async replace(name: string, found: readonly ModelOnDisk[]): Promise<ServedModel> {
    const fresh = found.map((model) => this.open(model));
    try {
      for (const model of fresh) {
        await startModel(model, this.loads);
        await model.service.describe();
      }
    } catch (error) {
      await closeAll(fresh);
      throw error;
    }
    const before = this.models.get(name);
    this.models.set(name, fresh);
    if (before !== undefined) void closeAll(before);
    return fresh.at(-1) as ServedModel;
  }

  private open(model: ModelOnDisk): ServedModel {
    const predictor = this.options.open(model);
    return {
      name: model.name,
      version: model.version,
      predictor,
      service: createService(predictor, { platform: "server" }),
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

function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name} ${version}`;
}

async function closeAll(models: readonly ServedModel[]): Promise<void> {
  await Promise.all(models.map(({ service }) => service.close()));
}
