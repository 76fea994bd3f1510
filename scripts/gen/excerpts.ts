import { fencesOf } from "../check/markdown.ts";
import type { GeneratedFile } from "./generated-file.ts";

/** Fills each block that has `file=PATH` after the language with the text of that file. `read` returns the text. */
export function fillExcerpts(documents: readonly GeneratedFile[], read: (path: string) => string): GeneratedFile[] {
  return documents.map(({ path, text }) => ({ path, text: fill(text, read) }));
}

function fill(markdown: string, read: (path: string) => string): string {
  let filled = markdown;
  // From the end, so that the places of earlier blocks stay right.
  for (const { attributes, start, end } of fencesOf(markdown).toReversed()) {
    if (typeof attributes.file !== "string") continue;
    filled = filled.slice(0, start) + read(attributes.file) + filled.slice(end);
  }
  return filled;
}
