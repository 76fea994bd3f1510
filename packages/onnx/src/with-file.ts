import { closeSync, openSync } from "node:fs";

/** Opens a file for reading by position, and closes it after `use`. */
export function withFile<T>(path: string, use: (descriptor: number) => T): T {
  const descriptor = openSync(path, "r");
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
