import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { scratch } from "./support/folders.ts";
import { LAYOUTS, projectIn, SEEN } from "./support/native-layouts.ts";
import { AZURE, GOOGLE } from "./support/project.ts";
import { digestsOf, layOutIn, seenIn } from "./support/seen-versions.ts";

const folder = scratch();
const HANDLERS = { "azure-functions.ts": AZURE, "cloud-functions.ts": GOOGLE };
const TARGETS = {
  cjs: ["aws-lambda", "aws-lambda-image", "azure-functions", "cloud-functions", "container"],
  esm: ["aws-lambda", "aws-lambda-image", "cloud-functions", "container"],
} as const;

describe("four versions of a native package", () => {
  for (const layout of Object.keys(LAYOUTS) as (keyof typeof LAYOUTS)[]) {
    for (const format of ["cjs", "esm"] as const) {
      const make = (place: string) =>
        projectIn(layout, join(folder, format, place), HANDLERS).build({ format, targets: TARGETS[format] });

      it(`are in every artefact, each for its importers, with equal bytes elsewhere: ${layout}, ${format}`, async () => {
        const results = await make(layout);
        assert.deepEqual(
          results.map(({ manifest }) => manifest.target),
          TARGETS[format],
        );
        for (const result of results) {
          const { target, tried } = result.manifest;
          // The trial loads the artefact too, and its code throws where a version is wrong.
          if (process.arch === "x64") assert.match(tried, /^loaded/);
          // Only the worker of Azure has the module that its handler needs.
          if (target === "azure-functions") continue;
          assert.deepEqual(seenIn(layOutIn(join(folder, "clean", layout, format, target), result)), SEEN, target);
        }
        assert.deepEqual(digestsOf(await make(`another place of ${layout}`)), digestsOf(results));
      });
    }
  }
});
