import { test } from "node:test";
import { soakMatrix } from "../../../test/support/soak/soak-matrix.ts";
import { ATTACKS, isRefusedCheaply, takesWhatLibrariesTake } from "./support/large-values.ts";

const CASES = ATTACKS.flatMap(([title, schemas, make]) =>
  Object.entries(schemas).map(([library, schema]) => ({ title, library, schema, make })),
);

soakMatrix("attacks with very many bad elements", CASES, (picked) => {
  for (const { title, library, schema, make } of picked)
    test(`${title}, ${library}: refused, and no library makes an issue for each`, () =>
      isRefusedCheaply(schema, make()));
});

soakMatrix("large values that libraries take or refuse", [...Array(100).keys()], (seeds) => {
  for (const seed of seeds)
    test(`seed ${seed}: taken or refused as by the library itself`, () =>
      takesWhatLibrariesTake({ numRuns: 20, seed }));
});
