import { withoutComments } from "./scan-code.ts";

/** Whether this file of the repository is code that users of a package get, compiled or as it is. */
export function isShipped(path: string): boolean {
  return /^packages\/[^/]+\/(src\/.+\.(ts|cjs)|[^/]+\.cjs)$/.test(path);
}

/** Lines that hold more than comments and blanks. */
export function codeLines(source: string): number {
  return withoutComments(source)
    .split("\n")
    .filter((line) => line.trim() !== "").length;
}
