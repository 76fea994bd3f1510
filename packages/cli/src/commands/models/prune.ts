import {
  checkModelName,
  PRUNE_DEFAULTS,
  type PruneItem,
  type PruneReason,
  planPrune,
  prune as pruneModels,
} from "@tricast/store/publishing";
import { defineCommand } from "../../command.ts";
import { count, defaulted, optionalArgument, switchOn } from "../../options.ts";
import { STORE, storeAt } from "../../store-option.ts";
import { formatBytes, table } from "../../table.ts";

const HOUR_MS = 60 * 60 * 1000;

const REASONS: Readonly<Record<PruneReason, string>> = {
  old: "old, and without an alias",
  unfinished: "its push did not finish",
  stray: "files of another push that did not finish",
  retired: "an earlier prune did not finish",
};

export const prune = defineCommand({
  path: ["models", "prune"],
  summary: "Shows which old versions would be deleted, and deletes them with --yes.",
  details: [
    "A version is kept if it is one of the newest, or if an alias points to it or pointed to it recently. The files of pushes and prunes that did not finish are deleted too.",
  ],
  arguments: { name: optionalArgument("NAME", "Prunes only this model.", checkModelName) },
  options: {
    store: STORE,
    keep: defaulted("COUNT", "Keeps this many of the newest versions of each model.", {
      fallback: PRUNE_DEFAULTS.keep,
      parse: count(1),
    }),
    keepHistory: defaulted("COUNT", "Keeps the versions of this many last promotions of each alias, for rollbacks.", {
      fallback: PRUNE_DEFAULTS.keepHistory,
      parse: count(0),
    }),
    unfinishedAfter: defaulted("HOURS", "Deletes files of an unfinished push when they are this old.", {
      fallback: PRUNE_DEFAULTS.unfinishedAfterMs / HOUR_MS,
      parse: count(0),
    }),
    yes: switchOn("Deletes instead of showing what would be deleted."),
  },
  examples: ["models prune --store ./models", "models prune iris --keep 5 --yes --store s3://bucket/models"],
  run: async ({ name, store, yes, keep, keepHistory, unfinishedAfter }) => {
    const opened = await storeAt(store);
    const options = { keep, keepHistory, unfinishedAfterMs: unfinishedAfter * HOUR_MS };
    const items = yes ? await pruneModels(opened, name, options) : await planPrune(opened, name, options);
    return { json: { deleted: yes, items }, text: describe(items, yes) };
  },
});

function describe(items: readonly PruneItem[], deleted: boolean): string {
  if (items.length === 0) return "Nothing to delete";
  const rows = items.map(({ name, version, keys, bytes, reason }) => {
    return [`${name}@${version}`, String(keys.length), formatBytes(bytes), REASONS[reason]];
  });
  const sum = formatBytes(items.reduce((total, { bytes }) => total + bytes, 0));
  const last = deleted ? `Deleted ${sum}` : `${sum} would be deleted; run with --yes to delete`;
  return `${table(["VERSION", "FILES", "SIZE", "REASON"], rows)}\n${last}`;
}
