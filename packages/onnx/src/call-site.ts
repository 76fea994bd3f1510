/**
 * The absolute path of the file that called `callee`: the source file, or the bundle. Read from V8's call sites, because
 * a function cannot read its caller's `import.meta`, and a CommonJS bundle does not have one. `undefined` for a caller
 * without a file, such as in a REPL.
 */
export function callerFile(callee: (...args: never[]) => unknown): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_, sites) => sites[0]?.getFileName();
    Error.captureStackTrace(holder, callee);
    // The trace is prepared when it is first read.
    return toPath(holder.stack);
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function toPath(file: unknown): string | undefined {
  if (typeof file !== "string") return undefined;
  return file.startsWith("file:") ? process.getBuiltinModule("node:url").fileURLToPath(file) : file;
}
