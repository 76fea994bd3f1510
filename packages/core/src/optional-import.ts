import { TricastError } from "./errors.ts";

/**
 * An optional package, imported when it is first needed. `load` contains the literal `import()`, so that a bundler can
 * include the package.
 * @throws {TricastError} `missing-dependency` naming the package and what needs it.
 */
export async function optionalImport<T>(name: string, neededFor: string, load: () => Promise<T>): Promise<T> {
  const found = await importIfInstalled(name, load);
  if (found !== undefined) return found;
  throw new TricastError(
    "missing-dependency",
    `${neededFor} needs the package ${name}, which is not installed; run: npm install ${name}`,
  );
}

/**
 * `undefined` where the package is not installed.
 *
 * If `import` does not find it, `require` is tried, which also sees NODE_PATH: Lambda's runtime and its layers put
 * packages there (docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html).
 */
export async function importIfInstalled<T>(name: string, load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    if (!isAbsent(error, name)) throw error;
  }
  try {
    const { createRequire } = process.getBuiltinModule("node:module");
    return createRequire(`${process.cwd()}/`)(name) as T;
  } catch (error) {
    if (!isAbsent(error, name)) throw error;
    return undefined;
  }
}

function isAbsent(error: unknown, name: string): boolean {
  const { code, message = "" } = error as NodeJS.ErrnoException;
  return (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") && message.includes(name);
}
