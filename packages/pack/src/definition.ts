import { dirname, join } from "node:path";
import { TricastError } from "@tricast/core";
import { bundle } from "./bundle/bundle.ts";
import { askChild } from "./check/child.ts";
import type { Definition, DefinitionQuestion } from "./check/read-definition.ts";
import type { Project } from "./project.ts";

/**
 * What the project's predictor says of itself, read in a process of its own, as code of a user may do anything.
 * @throws {TricastError} `bundle-failed` where its file does not load; `missing-export` where it has no predictor.
 */
export async function readDefinition({ predictFile, root }: Project): Promise<Definition> {
  const { code } = await bundle({
    entry: predictFile,
    root,
    format: "cjs",
    external: [],
    binding: ["onnxruntime_binding.node"],
    // Nothing is loaded while it is read.
    stores: [],
    oneAtATime: true,
    hasCode: true,
  });
  const question: DefinitionQuestion = {
    code: Buffer.from(code).toString("utf8"),
    filename: join(dirname(predictFile), "predict.cjs"),
  };
  const answer = await askChild<Definition | undefined>("read-definition", question, { cwd: root });
  if (!answer.ok) throw new TricastError("bundle-failed", `${predictFile} does not load: ${answer.error}`);
  if (answer.value !== undefined) return answer.value;
  throw new TricastError(
    "missing-export",
    `${predictFile} has no predictor as its default export; write: export default definePredictor({ ... })`,
  );
}
