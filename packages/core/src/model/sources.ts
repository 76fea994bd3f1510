import type { AnyPredictor } from "../predictor.ts";
import { registry } from "../registry.ts";
import { MAIN } from "./generation.ts";
import type { ModelSource } from "./source.ts";

/** The model sources of a predictor, by their key in its context. */
export function sourcesOf({ definition }: AnyPredictor): [string, ModelSource<unknown>][] {
  const sources: [string, ModelSource<unknown>][] = [];
  if (definition.model !== undefined) sources.push([MAIN, definition.model]);
  if (definition.load !== undefined) sources.push([MAIN, fromLoad(definition.load)]);
  for (const [key, source] of Object.entries(definition.models ?? {})) {
    sources.push([key, source as ModelSource<unknown>]);
  }
  return sources;
}

/** One source per `load` function, so that services of one predictor share what it loaded. */
function fromLoad(load: () => unknown): ModelSource<unknown> {
  const { sourcesByLoad } = registry();
  const known = sourcesByLoad.get(load);
  if (known !== undefined) return known;
  const source: ModelSource<unknown> = { uri: "load()", load: () => load() };
  sourcesByLoad.set(load, source);
  return source;
}
