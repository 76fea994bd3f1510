import { TricastError } from "@tricast/core";

/**
 * An optional package, imported when it is first needed. `load` holds the literal `import()`, with its own
 * `.catch`, so that a bundler can take the package along and does not fail without it.
 * @throws {TricastError} `missing-dependency` naming the package and what needs it.
 */
export async function optionalImport<T>(name: string, neededFor: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code, message = "" } = cause as NodeJS.ErrnoException;
    const absent = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    if (!absent || !message.includes(name)) throw cause;
    throw new TricastError(
      "missing-dependency",
      `${neededFor} needs the package ${name}, which is not installed; run: npm install ${name}`,
      { cause },
    );
  }
}
