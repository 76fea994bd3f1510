import { resolve } from "node:path";
import type { TricastError } from "@tricast/core";
import { checkPlan, stagesOf } from "@tricast/plan";
import { isError, RENDERERS, type RendererName } from "@tricast/plan/tools";
import { defineCommand } from "../command.ts";
import { loadConfig } from "../load-config.ts";
import { argument, defaulted, oneOf } from "../options.ts";
import { formatFindings } from "../plan/format-plan.ts";
import { planOf } from "../plan/plan-of.ts";
import { STAGE_OPTIONS } from "../stage-options.ts";
import { invalidOption } from "../usage-error.ts";
import { writeFiles } from "../write-files.ts";

const NAMES = Object.keys(RENDERERS) as RendererName[];

export const render = defineCommand({
  path: ["render"],
  summary: "Writes the configuration as files for another tool, which you can edit.",
  details: [
    Object.entries(RENDERERS)
      .map(([name, { description }]) => `${name}: ${description}`)
      .join("\n"),
    "Without --stage, the files cover every stage. A plan with errors is not rendered.",
  ],
  arguments: { renderer: argument("TOOL", `What to write: ${NAMES.join(", ")}.`, oneOf(NAMES)) },
  options: {
    ...STAGE_OPTIONS,
    out: defaulted("DIR", "Output folder.", { fallback: ".", otherwise: "the current directory" }),
  },
  examples: ["render serverless", "render terraform --stage prod --out infrastructure"],
  run: async ({ renderer, stage, out, config, artefacts }) => {
    const loaded = await loadConfig(config);
    const stages = stage === undefined ? stagesOf(loaded.config) : [stage];
    const plans = stages.map((one) => planOf(loaded, one, artefacts));
    const errors = plans.flatMap(checkPlan).filter(isError);
    if (errors.length > 0) return { json: { findings: errors }, text: formatFindings(errors), exitCode: 1 };
    const files = RENDERERS[renderer].render(plans);
    if (files.length === 0) throw nothingToRender(renderer, stage);
    const written = writeFiles(resolve(out), files);
    return {
      json: { files: files.map(({ path }) => ({ path, written: written.includes(path) })) },
      text: files.map(({ path }) => `${path}${written.includes(path) ? "" : "  unchanged"}`).join("\n"),
    };
  },
});

function nothingToRender(name: RendererName, stage: string | undefined): TricastError {
  const missing = RENDERERS[name].targets.map((target) => `targets.${target}`).join(" or ");
  const where = stage === undefined ? "the configuration" : `stage ${stage} of the configuration`;
  return invalidOption(`${where} has no targets that ${name} supports; add ${missing}`);
}
