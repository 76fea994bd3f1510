import type { ServedModel } from "../../served-model.ts";
import type { Aliases } from "./read-aliases.ts";

/** Who asks for no version gets what the first of these stands for, and else the newest. Each push moves `latest`. */
const DEFAULT_ALIASES = ["prod", "latest"] as const;

/** One model of a folder in all versions that are served. */
export class ModelVersions {
  /** From the oldest to the newest; one at least. */
  readonly all: readonly ServedModel[];
  readonly byDefault: ServedModel;
  private readonly aliases: Aliases;

  constructor(all: readonly ServedModel[], aliases: Aliases) {
    this.all = all;
    this.aliases = aliases;
    const alias = DEFAULT_ALIASES.find((name) => aliases.has(name));
    this.byDefault = (alias === undefined ? all.at(-1) : this.find(alias)) as ServedModel;
  }

  /** By alias, as in a store first of all, or version. */
  find(version: string): ServedModel | undefined {
    const meant = this.aliases.get(version) ?? version;
    return this.all.find((model) => model.version === meant);
  }
}
