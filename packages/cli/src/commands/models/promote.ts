import type { ObjectStore } from "@tricast/store";
import {
  type AliasVersions,
  checkAlias,
  checkVersion,
  findAliasVersions,
  formatAliasVersions,
  promote as promoteAlias,
} from "@tricast/store/publishing";
import { BY, loginName } from "../../author-option.ts";
import { defineCommand } from "../../command.ts";
import { argument, count, manyArguments, pair } from "../../options.ts";
import { MODEL, STORE, storeAt } from "../../store-option.ts";
import { UsageError } from "../../usage-error.ts";

export const promote = defineCommand({
  path: ["models", "promote"],
  summary: "Points an alias at a version, or at several versions by weight.",
  details: [
    "With weights, a request key always gets the same version while the weights stay the same. A change of weights moves " +
      "as few keys as possible. Concurrent promotions never overwrite each other.",
  ],
  arguments: {
    name: MODEL,
    alias: argument("ALIAS", "The alias, such as prod. A new alias is created.", checkAlias),
    targets: manyArguments("TARGET", "A version, another alias, or VERSION=WEIGHT for each of several.", parseVersion),
  },
  options: { store: STORE, by: BY },
  examples: [
    "models promote iris prod v8 --store s3://bucket/models",
    "models promote iris prod staging --store s3://bucket/models",
    "models promote iris prod v7=90 v8=10 --store s3://bucket/models",
  ],
  run: async ({ name, alias, targets, store, by = loginName() }) => {
    const opened = await storeAt(store);
    const target = await combine(opened, name, targets);
    const moved = await promoteAlias(opened, name, alias, target, { by });
    return { json: { name, alias, ...moved }, text: `${name}@${alias} is ${formatAliasVersions(moved.target)}` };
  },
});

type VersionArgument = string | readonly [version: string, weight: number];

function parseVersion(text: string): VersionArgument {
  if (!text.includes("=")) return checkVersion(text);
  const [version, weight] = pair(count(1))(text);
  return [checkVersion(version), weight];
}

async function combine(store: ObjectStore, name: string, targets: readonly VersionArgument[]): Promise<AliasVersions> {
  const [first] = targets;
  if (targets.length === 1 && typeof first === "string") return findAliasVersions(store, `${name}@${first}`);
  const weights = new Map<string, number>();
  for (const target of targets) {
    if (typeof target === "string")
      throw new UsageError(`${target} has no weight, which each of several targets needs; write ${target}=WEIGHT`);
    if (weights.has(target[0])) throw new UsageError(`${target[0]} has two weights; give one`);
    weights.set(...target);
  }
  return Object.fromEntries(weights);
}
