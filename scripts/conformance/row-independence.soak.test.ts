import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { analyzeRows } from "../../packages/onnx/src/graph/index.ts";
import { soakMatrix } from "../../test/support/soak/soak-matrix.ts";
import { compare } from "./row-independence/comparison.ts";
import { describeCases, whyNoPython } from "./row-independence/corpus.ts";
import { failuresOf, printFailures, printReport } from "./row-independence/report.ts";

/**
 * Compares the analysis of ONNX graphs with ONNX Runtime itself. Every operator of the standard, and those of
 * com.microsoft and ai.onnx.ml, is a model in several settings whose inputs have rows on axis 0; graphs as exporters write
 * them, and near twins whose rows mix, are added. The referee, which is Python's ONNX Runtime, runs requests alone and
 * joined: an output whose rows differ is dependent, and the analysis must not call it independent.
 */
const title = "the analysis calls no output independent whose rows differ";
const missing = whyNoPython();
if (missing !== undefined) it(title, { skip: missing }, () => {});
else {
  const cases = await describeCases();
  soakMatrix("row independence", [...Array(cases.count).keys()], (numbers) => {
    it(title, async () => {
      const corpus = await cases.judge(numbers);
      const comparison = compare(corpus.models, ({ file }) => analyzeRows(readFileSync(join(corpus.folder, file))));
      printReport(comparison, corpus);
      const failures = failuresOf(comparison, corpus);
      printFailures(failures, corpus.folder);
      assert.deepEqual(failures, []);
      assert.ok(comparison.compared > 0);
    });
  });
}
