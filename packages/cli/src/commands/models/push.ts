import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readOnnxHeader, type UnservedGraphValue, unservedValues } from "@tricast/onnx/graph";
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
import { progress } from "../../io.ts";
import { argument, decimal, optional, pair, repeated, switchOff, switchOn, words } from "../../options.ts";
import { MODEL, STORE, storeAt } from "../../store-option.ts";
import { formatBytes } from "../../table.ts";

export const push = defineCommand({
  path: ["models", "push"],
  summary: "Stores a model as a new version.",
  details: [
    "The command reads the content of the file: ONNX or ORT format. It stores inputs, outputs and opset of ONNX, and pushes the files of its weights with it. Readers " +
      "see the whole version or nothing, even after an interrupted push. Pushing the same content as the same version " +
      "again changes nothing.",
  ],
  arguments: {
    name: MODEL,
    path: argument("PATH", "The model file, or a folder with all files of the model.", words),
  },
  options: {
    store: STORE,
    version: optional("ID", "Name of the version.", {
      otherwise: "the next free number: v1, v2, v3",
      parse: checkVersion,
    }),
    entry: optional("PATH", "The file of a folder that is loaded.", { otherwise: "the only .onnx file" }),
    anyKind: switchOn("Stores a file that is neither ONNX nor ORT format. It cannot be served."),
    alias: repeated("NAME", "Points this alias at the version after the push.", checkAlias),
    latest: switchOff("Does not move the alias latest."),
    metric: repeated("KEY=NUMBER", "A metric of the version, such as accuracy=0.97.", pair(decimal)),
    label: repeated("KEY=TEXT", "A label of the version, such as team=ml.", pair(words)),
    metadata: repeated("KEY=VALUE", "Further metadata. A value that is JSON is stored as JSON.", pair(jsonOrText)),
    commit: optional("SHA", "Commit of the source that trained the model.", {
      env: "TRICAST_COMMIT",
      otherwise: "the commit of the current directory",
    }),
    repository: optional("URL", "Repository of that commit.", {
      otherwise: "the origin of the current directory's repository, unless --commit is given",
      parse: withoutCredentials,
    }),
    replaceUnfinished: switchOn(
      "Deletes the files of an interrupted push of this version. No such push may be running.",
    ),
    by: BY,
  },
  examples: [
    "models push iris model.onnx --store s3://bucket/models --alias staging --metric accuracy=0.97",
    "models push iris exported/ --entry model.onnx --store ./models --label team=ml",
  ],
  run: async ({ name, path, alias: aliases, by = loginName(), ...given }, io) => {
    const store = await storeAt(given.store);
    let unserved: readonly UnservedGraphValue[] = [];
    const { manifest, created } = await pushModel(store, name, path, {
      describe: (file) => {
        unserved = unservedValues(file);
        return readOnnxHeader(file);
      },
      version: given.version,
      entry: given.entry,
      anyKind: given.anyKind,
      metrics: Object.fromEntries(given.metric),
      labels: Object.fromEntries(given.label),
      metadata: Object.fromEntries(given.metadata),
      source: originOf(given),
      variants: optimizedForms(path),
      latest: given.latest,
      replaceUnfinished: given.replaceUnfinished,
      by,
      onUpload: (file, size) => progress(io, `uploading ${file} (${formatBytes(size)})`),
    });
    for (const alias of aliases) await promoteAlias(store, name, alias, manifest.version, { by });
    const what = `${name}@${manifest.version}`;
    const promoted = aliases.map((alias) => `\n${name}@${alias} is ${manifest.version}`).join("");
    return {
      json: { created, aliases, manifest, unserved },
      text: `${created ? `Pushed ${what}` : `${what} already exists with this content`}${promoted}${noteOf(unserved)}`,
    };
  },
});

/** A note about what clients of the model without code will miss. */
function noteOf(unserved: readonly UnservedGraphValue[]): string {
  return unserved
    .map(({ side, name, datatype }) => `\nnot served without code: ${side} ${name} (${datatype})`)
    .join("");
}

/** The forms that "tricast models optimize" wrote into a pushed folder. */
function optimizedForms(path: string): readonly Variant[] | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const records = readdirSync(path).filter((name) => name.endsWith(".tricast.json"));
  if (records.length === 0) return undefined;
  return records.map((name) => optimizedForm(path, JSON.parse(readFileSync(join(path, name), "utf8"))));
}

/** Records whether the original keeps rows apart, which forms of older versions do not have. */
function optimizedForm(folder: string, { original, variant }: OptimizedRecord): Variant {
  const model = join(folder, original.file);
  const isKnown = rowsOf(variant) !== undefined || !existsSync(model);
  return isKnown ? variant : { ...variant, rows: recordRows(model) };
}

function originOf({ commit, repository }: Readonly<Record<"commit" | "repository", string | undefined>>) {
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
