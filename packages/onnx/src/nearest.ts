import { nearest } from "@tricast/core";

/** The end of a message about `name`, when one of `candidates` may have been meant. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const match = nearest(name, candidates);
  return match === undefined ? "" : `; did you mean ${JSON.stringify(match)}?`;
}
