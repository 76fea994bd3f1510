import { pull as pullModel } from "@tricast/store/publishing";
import { defineCommand } from "../../command.ts";
import { optional, optionalArgument, switchOn, words } from "../../options.ts";
import { resolveOne } from "../../resolve-one.ts";
import { REFERENCE, STORE, storeAt } from "../../store-option.ts";
import { formatBytes } from "../../table.ts";

export const pull = defineCommand({
  path: ["models", "pull"],
  summary: "Copies one version into a folder on this machine.",
  details: [
    "Every byte is compared with the manifest before the folder appears. A folder that has the version already stays.",
  ],
  arguments: {
    reference: REFERENCE,
    folder: optionalArgument("FOLDER", "Where to put it; its name in the working folder by default.", words),
  },
  options: {
    store: STORE,
    key: optional({
      flag: "key",
      placeholder: "TEXT",
      description: "Chooses among the versions of a weighted alias as a request with this key would.",
      otherwise: "a random one of them",
      parse: words,
    }),
    replace: switchOn({ flag: "replace", description: "Replaces a folder that holds something else." }),
  },
  examples: ["models pull iris@prod models/iris --store s3://bucket/models"],
  run: async ({ reference, folder, store, key, replace }, io) => {
    const opened = await storeAt(store);
    const { name, version } = await resolveOne(opened, reference, key);
    const target = folder ?? name;
    const what = `${name}@${version}`;
    const result = await pullModel(opened, what, target, {
      replace,
      onDownload: (file, size) => {
        if (io.isTerminal) io.note(`downloading ${file} (${formatBytes(size)})`);
      },
    });
    return {
      json: result,
      text: result.downloaded ? `Pulled ${what} into ${target}` : `${target} has ${what} already`,
    };
  },
});
