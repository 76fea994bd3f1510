import { checkAlias, formatAliasVersions, rollback as rollbackAlias } from "@tricast/store/publishing";
import { BY, loginName } from "../../author-option.ts";
import { defineCommand } from "../../command.ts";
import { argument } from "../../options.ts";
import { MODEL, STORE, storeAt } from "../../store-option.ts";

export const rollback = defineCommand({
  path: ["models", "rollback"],
  summary: "Points an alias back at the version before its last promotion.",
  details: [
    "A second rollback goes one promotion further back. After a new promotion, a rollback returns to the version before " +
      "that promotion, never to a version that was rolled back.",
  ],
  arguments: { name: MODEL, alias: argument("ALIAS", "The alias, such as prod.", checkAlias) },
  options: { store: STORE, by: BY },
  examples: ["models rollback iris prod --store s3://bucket/models"],
  run: async ({ name, alias, store, by = loginName() }) => {
    const moved = await rollbackAlias(await storeAt(store), name, alias, { by });
    return { json: { name, alias, ...moved }, text: `${name}@${alias} is ${formatAliasVersions(moved.target)} again` };
  },
});
