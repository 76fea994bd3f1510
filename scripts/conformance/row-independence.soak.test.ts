import { readFileSync } from "node:fs";
import { join } from "node:path";
import { analyzeRows } from "../../packages/onnx/src/graph/index.ts";
import { compare } from "./row-independence/comparison.ts";
import { provideCorpus, whyNoPython } from "./row-independence/corpus.ts";
import { failuresOf, printFailures, printReport } from "./row-independence/report.ts";

/**
 * Compares the analysis of ONNX graphs with ONNX Runtime itself. Every operator of the standard, and those of
 * com.microsoft and ai.onnx.ml, is a model in several settings whose inputs have rows on axis 0; graphs as exporters write
 * them, and near twins whose rows mix, are added. The referee runs requests alone and joined: an output whose rows differ
 * is dependent, and the analysis must not call it independent.
 *
 * The referee is Python's ONNX Runtime, from PyPI. Where it cannot be had, nothing is compared: that is said loudly, and
 * fails when `CI=true`.
 */
function main(): void {
  const missing = whyNoPython();
  if (missing !== undefined) {
    console.error(`\n!! NOT RUN: ${missing}\n`);
    console.log("0 passed, 0 failed");
    process.exitCode = process.env.CI === "true" ? 1 : 0;
    return;
  }
  const corpus = provideCorpus();
  const comparison = compare(corpus.models, ({ file }) => analyzeRows(readFileSync(join(corpus.folder, file))));
  printReport(comparison, corpus);
  const failures = failuresOf(comparison, corpus);
  printFailures(failures, corpus.folder);
  console.log(`${comparison.compared - comparison.unsound.length} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

main();
