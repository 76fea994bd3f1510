import { join } from "node:path";
import { type AnyPredictor, TricastError } from "@tricast/core";
import { createLogger, createService, messageOf, servedAs } from "@tricast/core/adapter";
import type { LoadCounter, RunnableHost } from "../../model-host.ts";
import { SERVER } from "../../platform.ts";
import type { ModelEntry, ServedModel } from "../../served-model.ts";
import { closeAll, HostBase, startModel, toEntry } from "../host-base.ts";
import { noSuchModel, noSuchVersion } from "../not-found.ts";
import { type LeftOut, listed } from "./left-out.ts";
import { refuseTooLarge } from "./memory.ts";
import { modelPath } from "./model-path.ts";
import { ModelVersions } from "./model-versions.ts";
import { type Aliases, NO_ALIASES, readAliases } from "./read-aliases.ts";
import { type ModelOnDisk, ONLY_VERSION, scanFolder, scanModel } from "./scan-folder.ts";

export interface FolderHostOptions {
  /** An absolute path, without a slash at its end. */
  readonly root: string;
  /** Whether all models of the folder are loaded at the start. Otherwise models are loaded only on request. */
  readonly loadAll: boolean;
  /** A predictor of a model file, or of the folder with that file in it. */
  open(model: ModelOnDisk): AnyPredictor;
}

/** A model in the folder. */
interface FoundModel {
  readonly name: string;
  /** From the oldest to the newest. */
  readonly versions: readonly ModelOnDisk[];
  readonly aliases: Aliases;
}

/** The models of a folder. They are loaded and unloaded by name while the server runs, and only from this folder. */
export class FolderHost extends HostBase implements RunnableHost {
  readonly canLoad = true;
  private readonly options: FolderHostOptions;
  private readonly models = new Map<string, ModelVersions>();
  /** The last change of each model. The next change of the model starts when it has ended or failed. */
  private readonly changes = new Map<string, Promise<unknown>>();
  private scanned = false;
  /** Whether the start found no model. The server is then not ready until a client loads one. */
  private foundNone = false;
  leftOut: readonly LeftOut[] = [];

  constructor(options: FolderHostOptions) {
    super();
    this.options = options;
  }

  protected get all(): readonly ServedModel[] {
    return [...this.models.values()].flatMap(({ all }) => all);
  }

  override get ready(): boolean {
    return this.scanned && !(this.foundNone && this.models.size === 0) && super.ready;
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
    const loaded = this.all;
    const known = new Set(loaded.map(keyOf));
    const { models } = await scanFolder(this.options.root);
    const others = models.filter((model) => !known.has(keyOf(model)));
    return [
      ...loaded.map(toEntry),
      ...others.map(({ name, version }) => ({ name, version, state: "unloaded" as const, code: undefined })),
    ];
  }

  load(given: string, path?: string): Promise<ServedModel> {
    const name = given.normalize("NFC");
    return this.inTurn(name, async () => {
      if (path !== undefined && this.models.has(name))
        throw new TricastError("already-loaded", `Model "${name}" is already loaded; unload it first`);
      const found = path === undefined ? await this.onDisk(name) : await this.at(path, name);
      refuseTooLarge(found.versions);
      return this.replace(name, found);
    });
  }

  unload(given: string): Promise<void> {
    const name = given.normalize("NFC");
    return this.inTurn(name, async () => {
      const versions = this.models.get(name);
      if (versions === undefined) throw noSuchModel(name, [...this.models.keys()]);
      this.models.delete(name);
      await retire(versions.all);
    });
  }

  override async start(count: LoadCounter): Promise<void> {
    this.count = count;
    const found = this.options.loadAll ? await this.scan() : [];
    if (found === undefined) return;
    for (const model of found) this.models.set(model.name, this.openAll(model));
    this.scanned = true;
    this.foundNone = this.options.loadAll && found.length === 0;
    if (this.foundNone) createLogger(SERVER).error(`${this.options.root} has no model that can be served; ${LAYOUT}`);
    await super.start(count);
  }

  /** `iris@prod` is the version of `iris` that has the alias `prod`, unless a model has the name `iris@prod`. */
  private toReference(text: string): { readonly name: string; readonly at: string | undefined } {
    if (this.models.has(text)) return { name: text, at: undefined };
    const [name, at] = splitAt(text, text.lastIndexOf("@"));
    return { name: this.models.has(name) ? name : name.normalize("NFC"), at };
  }

  /** `undefined` if the folder cannot be read. The server is then never ready. */
  private async scan(): Promise<readonly FoundModel[] | undefined> {
    try {
      const byName = await this.byName();
      return await Promise.all([...byName].map(([name, versions]) => this.withAliases(name, versions)));
    } catch (error) {
      createLogger(SERVER).error(`The folder of models cannot be read: ${messageOf(error)}`, { error });
      return undefined;
    }
  }

  private async onDisk(name: string): Promise<FoundModel> {
    const byName = await this.byName();
    const versions = byName.get(name);
    if (versions === undefined) throw noSuchModel(name, [...byName.keys()]);
    return this.withAliases(name, versions);
  }

  private async byName(): Promise<ReadonlyMap<string, readonly ModelOnDisk[]>> {
    const { models, leftOut } = await scanFolder(this.options.root);
    this.report(listed(leftOut));
    return Map.groupBy(models, ({ name }) => name);
  }

  /** Logs each entry once, and again when its reason changes. */
  private report(leftOut: readonly LeftOut[]): void {
    const before = new Set(this.leftOut.map(({ path, reason }) => `${path} ${reason}`));
    this.leftOut = leftOut;
    const log = createLogger(SERVER);
    for (const { path, reason } of leftOut)
      if (!before.has(`${path} ${reason}`)) log.warn(`${path} is not served: ${reason}`, { path, reason });
  }

  private async withAliases(name: string, versions: readonly ModelOnDisk[]): Promise<FoundModel> {
    const aliases = await readAliases(join(this.options.root, name), versions.map(versionOf));
    return { name, versions, aliases };
  }

  private async at(path: string, name: string): Promise<FoundModel> {
    const model = await scanModel(await modelPath(this.options.root, path), name, ONLY_VERSION);
    if (model !== undefined) return { name, versions: [model], aliases: NO_ALIASES };
    throw new TricastError("not-found", `${JSON.stringify(path)} has no .onnx or .ort file`);
  }

  /**
   * Loads the new versions while the old ones still answer, and then releases the old ones after their requests. If the
   * load fails, the old ones stay.
   */
  private async replace(name: string, found: FoundModel): Promise<ServedModel> {
    const fresh = this.openAll(found);
    try {
      for (const model of fresh.all) {
        await startModel(model, this.count);
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
    return new ModelVersions(
      versions.map((version) => this.open(version)),
      aliases,
    );
  }

  private open(model: ModelOnDisk): ServedModel {
    const predictor = servedAs(this.options.open(model), model.name);
    const service = createService(predictor, { platform: SERVER });
    return { name: model.name, version: model.version, predictor, service };
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

const LAYOUT = "add NAME.onnx, NAME/model.onnx or NAME/VERSION/model.onnx, and load it or start again";

function splitAt(text: string, at: number): [name: string, at: string | undefined] {
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function versionOf({ version }: { readonly version: string }): string {
  return version;
}

function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name} ${version}`;
}

/** Closes the models in a later turn: a request that found a model in this turn may not have started to use it. */
async function retire(models: readonly ServedModel[]): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await closeAll(models);
}
