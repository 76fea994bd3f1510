import { dirname, join } from "node:path";
import { bundle } from "../bundle/bundle.ts";
import { looksBeside } from "../check/absent-files.ts";
import { askChild } from "../child/ask-child.ts";
import { bundleFailed, missingExport } from "../errors.ts";
import type { Definition, DefinitionQuestion } from "./definition.ts";
import type { Project } from "./find-project.ts";

/**
 * Reads the project's predictor in a separate process, because its code may do anything.
 * @throws {TricastError} `bundle-failed` where its file does not load; `missing-export` where the file has no predictor.
 */
export async function readDefinition({ predictFile, root }: Project): Promise<Definition> {
  const { code } = await bundle({
    entry: predictFile,
    root,
    format: "cjs",
    external: [],
    binding: ["onnxruntime_binding.node"],
    // The process loads no model.
    stores: [],
    oneAtATime: true,
    hasCode: true,
    runsIn: dirname(predictFile),
  });
  const filename = join(dirname(predictFile), "predict.cjs");
  const question: DefinitionQuestion = { code: Buffer.from(code).toString("utf8"), filename };
  const answer = await askChild<Definition | undefined>("describe-predictor", question, { cwd: root });
  if (!answer.ok)
    throw bundleFailed(
      `${predictFile} does not load: ${answer.error}${looksBeside(answer.error, dirname(predictFile))}`,
    );
  if (answer.value !== undefined) return answer.value;
  throw missingExport(
    `${predictFile} has no predictor as its default export; write: export default definePredictor({ ... })`,
  );
}
