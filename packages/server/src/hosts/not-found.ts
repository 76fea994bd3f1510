import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";

/** Names that an error lists. */
const MOST_NAMES = 10;

export function noSuchModel(name: string, known: readonly string[]): TricastError {
  return new TricastError("not-found", `The server has no model ${show(name)}; it has ${listed(known)}`);
}

export function noSuchVersion(name: string, version: string, known: readonly string[]): TricastError {
  return new TricastError("not-found", `Model ${show(name)} has no version ${show(version)}; it has ${listed(known)}`);
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
