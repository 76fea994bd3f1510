import { withoutComments } from "./scan-code.ts";

/** Whether this file of the repository is code that users of a package get, compiled or unchanged. */
export function isShipped(path: string): boolean {
  return /^packages\/[^/]+\/(src\/.+\.(ts|cjs)|[^/]+\.cjs)$/.test(path);
}

/** Lines with code: neither blank nor only a comment. */
export function codeLines(source: string): number {
  return withoutComments(source)
    .split("\n")
    .filter((line) => line.trim() !== "").length;
}
