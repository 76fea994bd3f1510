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
  old: "neither new nor led to by an alias",
  unfinished: "its push never ended",
  stray: "files of another push that never ended",
  retired: "an earlier prune never ended",
};

export const prune = defineCommand({
  path: ["models", "prune"],
  summary: "Shows which old versions and leftovers would be deleted, and deletes them with --yes.",
  details: ["A version stays while it is among the newest, or an alias leads to it or lately did."],
  arguments: { name: optionalArgument("NAME", "Only this model.", checkModelName) },
  options: {
    store: STORE,
    keep: defaulted({
      flag: "keep",
      placeholder: "COUNT",
      description: "How many of the newest versions of each model stay.",
      fallback: PRUNE_DEFAULTS.keep,
      parse: count(1),
    }),
    keepHistory: defaulted({
      flag: "keep-history",
      placeholder: "COUNT",
      description: "How many of each alias' last promotions protect their versions, so that it can be rolled back.",
      fallback: PRUNE_DEFAULTS.keepHistory,
      parse: count(0),
    }),
    unfinishedAfter: defaulted({
      flag: "unfinished-after",
      placeholder: "HOURS",
      description: "How old the files of an unfinished push must be.",
      fallback: PRUNE_DEFAULTS.unfinishedAfterMs / HOUR_MS,
      parse: count(0),
    }),
    yes: switchOn({ flag: "yes", description: "Deletes." }),
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
  const last = deleted ? `Deleted ${sum}` : `${sum} would be deleted; --yes deletes`;
  return `${table(["VERSION", "FILES", "SIZE", "REASON"], rows)}\n${last}`;
}
