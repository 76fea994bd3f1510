import { pull as pullModel } from "@tricast/store/publishing";
import { defineCommand } from "../../command.ts";
import { progress } from "../../io.ts";
import { optional, optionalArgument, switchOn, words } from "../../options.ts";
import { resolveOne } from "../../resolve-one.ts";
import { REFERENCE, STORE, storeAt } from "../../store-option.ts";
import { formatBytes } from "../../table.ts";

export const pull = defineCommand({
  path: ["models", "pull"],
  summary: "Downloads one version into a folder.",
  details: [
    "The size and SHA-256 of every file are checked before the folder appears. A folder that already has the version is " +
      "not changed.",
  ],
  arguments: {
    reference: REFERENCE,
    folder: optionalArgument("FOLDER", "The folder to create. Default: the name of the model.", words),
  },
  options: {
    store: STORE,
    key: optional("TEXT", "Selects the version that a request with this key gets.", {
      otherwise: "an alias of several versions is refused",
    }),
    replace: switchOn("Replaces a folder that has other content."),
  },
  examples: ["models pull iris@prod models/iris --store s3://bucket/models"],
  run: async ({ reference, folder, store, key, replace }, io) => {
    const opened = await storeAt(store);
    const { name, version } = await resolveOne(opened, reference, key);
    const target = folder ?? name;
    const what = `${name}@${version}`;
    const result = await pullModel(opened, what, target, {
      replace,
      onDownload: (file, size) => progress(io, `downloading ${file} (${formatBytes(size)})`),
    });
    return {
      json: result,
      text: result.downloaded ? `Pulled ${what} into ${target}` : `${target} already has ${what}`,
    };
  },
});
