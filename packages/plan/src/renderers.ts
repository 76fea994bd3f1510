import type { OutputFile } from "./output-file.ts";
import type { ResolvedPlan } from "./resolved-plan.ts";

/** Turns a plan into files: pure, so that the same plan gives the same bytes. */
export interface Renderer {
  /** What `tricast render` calls it. */
  readonly name: string;
  /** One sentence, for the help. */
  readonly description: string;
  /** Of whichever targets the plan has; a renderer for one cloud gives nothing for the others. */
  render(plan: ResolvedPlan): readonly OutputFile[];
}

/** Every renderer, in the order of the help. */
export const RENDERERS: readonly Renderer[] = [];
