import type { ObjectStore } from "@tricast/store";
import {
  type Aliases,
  checkModelName,
  formatAliasVersions,
  listModels,
  listVersions,
  type Manifest,
  readAliases,
  toWeights,
} from "@tricast/store/publishing";
import { defineCommand } from "../../command.ts";
import type { Outcome } from "../../io.ts";
import { optionalArgument } from "../../options.ts";
import { STORE, storeAt } from "../../store-option.ts";
import { formatBytes, formatPairs, formatTime, table } from "../../table.ts";

export const list = defineCommand({
  path: ["models", "list"],
  summary: "Lists the models of a store, or the versions of one model.",
  arguments: { name: optionalArgument("NAME", "Lists the versions of this model, newest first.", checkModelName) },
  options: { store: STORE },
  examples: ["models list --store ./models", "models list iris --store s3://bucket/models --json"],
  run: async ({ name, store }) => {
    const opened = await storeAt(store);
    return name === undefined ? outlineStore(opened) : outlineModel(opened, name);
  },
});

async function outlineStore(store: ObjectStore): Promise<Outcome> {
  const models = await listModels(store);
  const rows = models.map(({ name, versions, aliases, bytes }) => {
    return [name, String(versions.length), formatAliases(aliases), formatBytes(bytes)];
  });
  const header = ["MODEL", "VERSIONS", "ALIASES", "SIZE"];
  return { json: { models }, text: rows.length === 0 ? `${store.uri} has no models` : table(header, rows) };
}

async function outlineModel(store: ObjectStore, name: string): Promise<Outcome> {
  const manifests = await listVersions(store, name);
  const { aliases } = (await readAliases(store, name)).aliases;
  const versions = manifests.map((manifest) => outlineVersion(manifest, aliases));
  const rows = versions.map(({ version, created, bytes, aliases, metrics }) => {
    return [version, formatTime(created), formatBytes(bytes), aliases.join(" "), formatPairs(metrics)];
  });
  const header = ["VERSION", "CREATED", "SIZE", "ALIASES", "METRICS"];
  const text = rows.length === 0 ? `${store.uri} has no versions of ${name}` : table(header, rows);
  return { json: { name, aliases, versions }, text };
}

function outlineVersion({ version, created, files, metrics, labels }: Manifest, aliases: Aliases["aliases"]) {
  return {
    version,
    created,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    aliases: aliasesOf(version, aliases),
    metrics,
    labels,
  };
}

/** The aliases that point to a version, with its share if an alias points to several versions. */
export function aliasesOf(version: string, aliases: Aliases["aliases"]): readonly string[] {
  return Object.entries(aliases).flatMap(([alias, { target }]) => {
    const weights = toWeights(target);
    if (!Object.hasOwn(weights, version)) return [];
    const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
    const share = Math.round(((weights[version] ?? 0) / sum) * 1000) / 10;
    return [share === 100 ? alias : `${alias}:${share}%`];
  });
}

function formatAliases(aliases: Aliases["aliases"]): string {
  return Object.entries(aliases)
    .map(([alias, { target }]) => `${alias}:${formatAliasVersions(target).replaceAll(" ", ",")}`)
    .join(" ");
}
