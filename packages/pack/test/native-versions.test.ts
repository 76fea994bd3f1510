import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { scratch } from "./support/folders.ts";
import { projectIn, SEEN } from "./support/native-layouts.ts";
import { layOutIn, seenIn } from "./support/seen-versions.ts";

const folder = scratch();

describe("several versions of a native package", () => {
  it("are in the artefact, each for its importers", async () => {
    const [result] = await projectIn("pnpm's store", join(folder, "project")).build();
    assert.ok(result !== undefined);
    assert.deepEqual(seenIn(layOutIn(join(folder, "clean"), result)), SEEN);
    const paths = result.manifest.artefacts[0]?.files.map(({ path }) => path) ?? [];
    const versionsOf = (file: string) => paths.filter((path) => path.endsWith(`/${file}`));
    assert.deepEqual(versionsOf("nat/package.json"), [
      "native/nat@1.0.0/node_modules/nat/package.json",
      "node_modules/ext/node_modules/nat/package.json",
      "node_modules/mid/node_modules/nat/package.json",
      "node_modules/nat/package.json",
    ]);
    const { components } = JSON.parse(readFileSync(join(result.folder, "sbom.cdx.json"), "utf8"));
    const bill = (components as { name: string; version: string }[]).map(({ name, version }) => `${name}@${version}`);
    for (const version of ["1.0.0", "2.0.0", "3.0.0"]) assert.ok(bill.includes(`nat@${version}`), bill.join());
  });
});
