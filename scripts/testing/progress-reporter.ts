import { relative, resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";

const SLOWEST = 10;

/** A reporter for node's test runner: a line for each finished file, then the total time and the slowest files. */
export default async function* progressReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const started = performance.now();
  const took = new Map<string, number>();
  let count = 0;
  for await (const event of source) {
    if (event.type !== "test:enqueue" && event.type !== "test:complete") continue;
    const file = fileOf(event.data);
    if (file === undefined) continue;
    if (event.type === "test:enqueue") count++;
    else {
      const { duration_ms: ms, passed } = event.data.details;
      took.set(file, ms);
      yield `[${took.size}/${count}] ${file} ${seconds(ms)}${passed ? "" : " FAILED"}\n`;
    }
  }
  yield summary(took, performance.now() - started);
}

/** Node reports every file as one test, named for its path. */
function fileOf({ nesting, name, file }: { nesting: number; name: string; file?: string | undefined }) {
  if (nesting !== 0 || file === undefined || resolve(name) !== file) return undefined;
  return relative(process.cwd(), file);
}

function summary(took: ReadonlyMap<string, number>, ms: number): string {
  const slowest = [...took].sort(([, a], [, b]) => b - a).slice(0, SLOWEST);
  const lines = slowest.map(([file, each]) => `  ${seconds(each).padStart(8)}  ${file}`);
  return `\n${took.size} files in ${seconds(ms)}; the slowest:\n${lines.join("\n")}\n`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
