import type { ServedModel } from "../../served-model.ts";
import type { Aliases } from "./read-aliases.ts";

/** The first alias that exists decides the default version; without aliases it is the newest. Each push moves `latest`. */
const DEFAULT_ALIASES = ["prod", "latest"] as const;

/** The served versions of one model of a folder. */
export class ModelVersions {
  /** From the oldest to the newest; at least one. */
  readonly all: readonly ServedModel[];
  readonly byDefault: ServedModel;
  private readonly aliases: Aliases;

  constructor(all: readonly ServedModel[], aliases: Aliases) {
    this.all = all;
    this.aliases = aliases;
    const alias = DEFAULT_ALIASES.find((name) => aliases.has(name));
    this.byDefault = (alias === undefined ? all.at(-1) : this.find(alias)) as ServedModel;
  }

  /** Finds by alias first, as a store does, then by version. */
  find(version: string): ServedModel | undefined {
    const meant = this.aliases.get(version) ?? version;
    return this.all.find((model) => model.version === meant);
  }
}
