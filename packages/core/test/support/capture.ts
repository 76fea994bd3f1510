/** The JSON lines written to standard output while `work` runs; everything else written there passes through. */
export async function captureLines(work: () => unknown): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const write = process.stdout.write;
  process.stdout.write = function (this: typeof process.stdout, chunk: string | Uint8Array, ...rest: never[]): boolean {
    if (typeof chunk !== "string" || !chunk.startsWith("{")) return write.call(this, chunk, ...rest);
    lines.push(JSON.parse(chunk));
    return true;
  } as typeof process.stdout.write;
  try {
    await work();
  } finally {
    process.stdout.write = write;
  }
  return lines;
}
