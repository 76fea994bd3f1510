import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readOnnxHeader } from "@tricast/onnx/graph";
import { type OptimizedRecord, recordRows, rowsOf } from "@tricast/onnx/optimize";
import {
  checkAlias,
  checkVersion,
  promote as promoteAlias,
  push as pushModel,
  type Variant,
} from "@tricast/store/publishing";
import { BY, loginName } from "../../author-option.ts";
import { defineCommand } from "../../command.ts";
import { gitOrigin, withoutCredentials } from "../../git-origin.ts";
import type { Io } from "../../io.ts";
import { argument, decimal, optional, pair, repeated, switchOff, switchOn, words } from "../../options.ts";
import { MODEL, STORE, storeAt } from "../../store-option.ts";
import { formatBytes } from "../../table.ts";

export const push = defineCommand({
  path: ["models", "push"],
  summary: "Stores a model as a new version.",
  details: [
    "Inputs, outputs and opset are read from an ONNX file, and the files that hold its weights are pushed with it.\n" +
      "Readers see the whole version or none of it, also when the push is interrupted. Pushing the same content under\n" +
      "the same version again changes nothing.",
  ],
  arguments: {
    name: MODEL,
    path: argument("PATH", "The model file, or a folder with everything that belongs to it.", words),
  },
  options: {
    store: STORE,
    version: optional({
      flag: "version",
      placeholder: "ID",
      description: "Name of the version.",
      otherwise: "the next free number: v1, v2, v3",
      parse: checkVersion,
    }),
    entry: optional({
      flag: "entry",
      placeholder: "PATH",
      description: "Which file of a folder is loaded.",
      otherwise: "the only .onnx file",
      parse: words,
    }),
    aliases: repeated({
      flag: "alias",
      placeholder: "NAME",
      description: "Promotes this alias to the version after the push.",
      parse: checkAlias,
    }),
    latest: switchOff({ flag: "latest", description: "Leaves the alias latest where it is." }),
    metrics: repeated({
      flag: "metric",
      placeholder: "KEY=NUMBER",
      description: "A figure of the version, such as accuracy=0.97.",
      parse: pair(decimal),
    }),
    labels: repeated({
      flag: "label",
      placeholder: "KEY=TEXT",
      description: "A word to find the version by, such as team=ml.",
      parse: pair(words),
    }),
    metadata: repeated({
      flag: "metadata",
      placeholder: "KEY=VALUE",
      description: "Anything else; a value that is JSON is kept as such.",
      parse: pair(jsonOrText),
    }),
    commit: optional({
      flag: "commit",
      placeholder: "SHA",
      env: "TRICAST_COMMIT",
      description: "Commit of the source that the model was made from.",
      otherwise: "the commit checked out in the working folder",
      parse: words,
    }),
    repository: optional({
      flag: "repository",
      placeholder: "URL",
      description: "Repository of that commit.",
      otherwise: "the origin of the working folder's repository, unless --commit is given",
      parse: withoutCredentials,
    }),
    replaceUnfinished: switchOn({
      flag: "replace-unfinished",
      description: "Deletes what an interrupted push of the same version left. Only when no such push is running.",
    }),
    by: BY,
  },
  examples: [
    "models push iris model.onnx --store s3://bucket/models --alias staging --metric accuracy=0.97",
    "models push iris exported/ --entry model.onnx --store ./models --label team=ml",
  ],
  run: async ({ name, path, aliases, by = loginName(), ...given }, io) => {
    const store = await storeAt(given.store);
    const { manifest, created } = await pushModel(store, name, path, {
      describe: readOnnxHeader,
      version: given.version,
      entry: given.entry,
      metrics: Object.fromEntries(given.metrics),
      labels: Object.fromEntries(given.labels),
      metadata: Object.fromEntries(given.metadata),
      source: originOf(given),
      variants: optimizedForms(path),
      latest: given.latest,
      replaceUnfinished: given.replaceUnfinished,
      by,
      onUpload: (file, size) => tellProgress(io, file, size),
    });
    for (const alias of aliases) await promoteAlias(store, name, alias, manifest.version, { by });
    const what = `${name}@${manifest.version}`;
    const promoted = aliases.map((alias) => `\n${name}@${alias} is ${manifest.version}`).join("");
    return {
      json: { created, aliases, manifest },
      text: `${created ? `Pushed ${what}` : `${what} is there already, with this content`}${promoted}`,
    };
  },
});

/** What "tricast models optimize" left in a pushed folder. */
function optimizedForms(path: string): readonly Variant[] | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const records = readdirSync(path).filter((name) => name.endsWith(".tricast.json"));
  if (records.length === 0) return undefined;
  return records.map((name) => optimizedForm(path, JSON.parse(readFileSync(join(path, name), "utf8"))));
}

/** With what the form says of its original's rows, also where it was made before forms said that. */
function optimizedForm(folder: string, { original, variant }: OptimizedRecord): Variant {
  const model = join(folder, original.file);
  const isKnown = rowsOf(variant) !== undefined || !existsSync(model);
  return isKnown ? variant : { ...variant, rows: recordRows(model) };
}

function originOf({
  commit,
  repository,
}: {
  readonly commit?: string | undefined;
  readonly repository?: string | undefined;
}) {
  const origin = commit === undefined ? gitOrigin() : { commit };
  return origin === undefined || repository === undefined ? origin : { ...origin, repository };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function tellProgress({ isTerminal, note }: Io, file: string, size: number): void {
  if (isTerminal) note(`uploading ${file} (${formatBytes(size)})`);
}
