import { TricastError } from "@tricast/core";

/**
 * An optional package, imported when it is first needed. `load` holds the literal `import()`, so that a bundler can take
 * the package along.
 *
 * What `import` does not find is looked for by `require`, which also sees NODE_PATH: Lambda's runtime and its layers put
 * packages there (docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html).
 *
 * @throws {TricastError} `missing-dependency` naming the package and what needs it.
 */
export async function optionalImport<T>(name: string, neededFor: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!isAbsent(error, name)) throw error;
  }
  try {
    const { createRequire } = process.getBuiltinModule("node:module");
    return createRequire(`${process.cwd()}/`)(name) as T;
  } catch (cause) {
    if (!isAbsent(cause, name)) throw cause;
    throw new TricastError(
      "missing-dependency",
      `${neededFor} needs the package ${name}, which is not installed; run: npm install ${name}`,
      { cause },
    );
  }
}

function isAbsent(error: unknown, name: string): boolean {
  const { code, message = "" } = error as NodeJS.ErrnoException;
  return (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") && message.includes(name);
}
