/**
 * The JSON lines that services log to standard output, kept out of the test report and in `logged`. The report itself
 * and everything else passes through.
 */
export const logged: string[] = [];

const write = process.stdout.write;

process.stdout.write = function (this: typeof process.stdout, chunk: string | Uint8Array, ...rest: never[]): boolean {
  if (typeof chunk !== "string" || !chunk.startsWith("{")) return write.call(this, chunk, ...rest);
  logged.push(chunk);
  return true;
} as typeof process.stdout.write;
