import { readFileSync } from "node:fs";
import type { Example } from "@tricast/onnx/optimize";
import { defineCommand } from "../../command.ts";
import { argument, count, decimal, defaulted, optional, words } from "../../options.ts";
import { UsageError } from "../../usage-error.ts";

const PREPACK = ["auto", "always", "never"] as const;

export const optimize = defineCommand({
  path: ["models", "optimize"],
  summary: "Writes the form of a model that loads fastest, beside the model, where onnx() finds it.",
  details: [
    "Every form is written by ONNX Runtime itself, must answer as the original does, and is measured against it in\n" +
      "fresh processes: loading, the first prediction, and steady runs of one and of 16 rows. One that is not faster, or\n" +
      "slows runs down, is refused. The form serves the kind of processor and the version of the runtime that it was\n" +
      "made with; everywhere else the original is loaded. Push the folder to store both.",
  ],
  arguments: { model: argument("MODEL", "The .onnx file. It is not changed.", words) },
  options: {
    out: optional({
      flag: "out",
      placeholder: "DIR",
      description: "Folder for what is written.",
      otherwise: "the model's own",
      parse: words,
    }),
    examples: optional({
      flag: "examples",
      placeholder: "FILE",
      description: "A JSON list of inputs by name on which the outputs must agree, beside made-up ones.",
      otherwise: "made-up inputs alone",
      parse: readExamples,
    }),
    tolerance: defaulted({
      flag: "tolerance",
      placeholder: "NUMBER",
      description: "How far a float may be from the original's, as a share of the largest in its output.",
      parse: decimal,
      fallback: 1e-5,
    }),
    prepack: defaulted<(typeof PREPACK)[number]>({
      flag: "prepack",
      placeholder: "WHEN",
      description: "Whether weights are reordered at load: auto decides by measuring; always, never.",
      parse: readPrepack,
      fallback: "auto",
    }),
    threads: optional({
      flag: "threads",
      placeholder: "N",
      description: "Threads to measure with.",
      otherwise: "as many as the model would be loaded with here",
      parse: count(1),
    }),
    rounds: defaulted({
      flag: "rounds",
      placeholder: "N",
      description: "Fresh processes for each form.",
      parse: count(1),
      fallback: 7,
    }),
  },
  examples: ["models optimize models/mlp.onnx", "models optimize mlp.onnx --out optimized --prepack always"],
  run: async ({ model, out, examples, tolerance, prepack, threads, rounds }, io) => {
    // Imported here, so that no other command waits for the runtime.
    const { optimizeModel, renderOptimizeTable } = await import("@tricast/onnx/optimize");
    const result = await optimizeModel(model, {
      out,
      examples,
      tolerance,
      prepack,
      rounds,
      target: { threads },
      progress: (line) => {
        if (io.isTerminal) io.note(line);
      },
    });
    const { chosen, reason, files, variant } = result;
    return {
      json: { chosen: chosen?.name ?? null, reason, files, variant: variant ?? null },
      text: renderOptimizeTable(result),
    };
  },
});

function readPrepack(text: string): (typeof PREPACK)[number] {
  const value = PREPACK.find((one) => one === text);
  if (value !== undefined) return value;
  throw new UsageError(`${JSON.stringify(text)} is not one of ${PREPACK.join(", ")}; give one of them`);
}

function readExamples(path: string): readonly Example[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (Array.isArray(value)) return value as readonly Example[];
  } catch (cause) {
    throw new UsageError(
      `${path} cannot be read: ${(cause as Error).message}; give a JSON list such as [{"x": [[1, 2]]}]`,
    );
  }
  throw new UsageError(`${path} is not a list; write it like [{"x": [[1, 2]]}]`);
}
