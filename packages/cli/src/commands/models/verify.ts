import { verify as verifyModel } from "@tricast/store/publishing";
import { defineCommand } from "../../command.ts";
import { resolveOne } from "../../resolve-one.ts";
import { REFERENCE, STORE, storeAt } from "../../store-option.ts";
import { table } from "../../table.ts";

export const verify = defineCommand({
  path: ["models", "verify"],
  summary: "Reads every file of a version again and compares it with the manifest's size and SHA-256.",
  details: ["Exit code 1 when a file is missing or differs."],
  arguments: { reference: REFERENCE },
  options: { store: STORE },
  examples: ["models verify iris@prod --store s3://bucket/models"],
  run: async ({ reference, store }) => {
    const opened = await storeAt(store);
    const { name, version } = await resolveOne(opened, reference);
    const { files } = await verifyModel(opened, `${name}@${version}`);
    const bad = files.filter(({ problem }) => problem !== undefined);
    const rows = files.map(({ path, problem }) => [path, problem ?? "ok"]);
    const sum = bad.length === 0 ? "is as it was pushed" : `has ${bad.length} bad of ${files.length} files`;
    return {
      json: {
        name,
        version,
        ok: bad.length === 0,
        files: files.map(({ path, problem }) => ({ path, ok: problem === undefined, problem: problem ?? null })),
      },
      text: `${table(["FILE", "STATE"], rows)}\n${name}@${version} ${sum}`,
      exitCode: bad.length === 0 ? 0 : 1,
    };
  },
});
