import { verify as verifyModel } from "@tricast/store/publishing";
import { defineCommand } from "../../command.ts";
import { resolveOne } from "../../resolve-one.ts";
import { REFERENCE, STORE, storeAt } from "../../store-option.ts";
import { table } from "../../table.ts";

export const verify = defineCommand({
  path: ["models", "verify"],
  summary: "Compares the size and SHA-256 of every file of a version with the manifest.",
  details: ["The exit code is 1 if a file is missing or differs."],
  arguments: { reference: REFERENCE },
  options: { store: STORE },
  examples: ["models verify iris@prod --store s3://bucket/models"],
  run: async ({ reference, store }) => {
    const opened = await storeAt(store);
    const { name, version } = await resolveOne(opened, reference);
    const { files } = await verifyModel(opened, `${name}@${version}`);
    const checked = files.map(({ path, problem = null }) => ({ path, ok: problem === null, problem }));
    const bad = checked.filter(({ ok }) => !ok);
    const rows = checked.map(({ path, problem }) => [path, problem ?? "ok"]);
    const sum = bad.length === 0 ? "matches its manifest" : `has ${bad.length} bad of ${files.length} files`;
    return {
      json: { name, version, ok: bad.length === 0, files: checked },
      text: `${table(["FILE", "STATE"], rows)}\n${name}@${version} ${sum}`,
      exitCode: bad.length === 0 ? 0 : 1,
    };
  },
});
