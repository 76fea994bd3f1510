import { readFileSync } from "node:fs";
import type { Example } from "@tricast/onnx/optimize";
import { defineCommand } from "../../command.ts";
import { progress } from "../../io.ts";
import { argument, count, decimal, defaulted, oneOf, optional, words } from "../../options.ts";
import { UsageError } from "../../usage-error.ts";

export const optimize = defineCommand({
  path: ["models", "optimize"],
  summary: "Writes the form of a model that loads fastest, next to the model.",
  details: [
    "ONNX Runtime writes several forms. Each must give the original's outputs, and is measured against the original in " +
      "fresh processes: loading, the first prediction, and steady runs of 1 and of 16 rows. A form that is not faster, or " +
      "that slows runs down, is rejected. The chosen form works for the kind of processor and the version of ONNX Runtime " +
      "that made it. Everywhere else, onnx() loads the original. Push the folder to store both.",
  ],
  arguments: { model: argument("MODEL", "The .onnx file. It is not changed.", words) },
  options: {
    out: optional("DIR", "Output folder.", { otherwise: "the model's folder" }),
    examples: optional(
      "FILE",
      "JSON list of further inputs, each by input name. The forms must give equal outputs for them.",
      {
        otherwise: "generated inputs only",
        parse: readExamples,
      },
    ),
    tolerance: defaulted("NUMBER", "Largest difference of a float, as a fraction of the largest float in its output.", {
      parse: decimal,
      fallback: 1e-5,
    }),
    prepack: defaulted("WHEN", "Whether weights are reordered at load: auto (measures both), always or never.", {
      parse: oneOf(["auto", "always", "never"]),
      fallback: "auto",
    }),
    threads: optional("N", "Threads for the measurements.", {
      otherwise: "the number that the model would use on this machine",
      parse: count(1),
    }),
    rounds: defaulted("N", "Fresh processes for each form.", { parse: count(1), fallback: 7 }),
  },
  examples: ["models optimize models/mlp.onnx", "models optimize mlp.onnx --out optimized --prepack always"],
  run: async ({ model, threads, ...given }, io) => {
    // Imported here, so that other commands do not load ONNX Runtime.
    const { optimizeModel, renderOptimizeTable } = await import("@tricast/onnx/optimize");
    const result = await optimizeModel(model, {
      ...given,
      target: { threads },
      progress: (line) => progress(io, line),
    });
    const { chosen, reason, files, variant } = result;
    return {
      json: { chosen: chosen?.name ?? null, reason, files, variant: variant ?? null },
      text: renderOptimizeTable(result),
    };
  },
});

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
