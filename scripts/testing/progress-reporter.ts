import { relative, resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";
import { seconds } from "./record.ts";

/** A reporter of node's test runner: a line for each file that is done. */
export default async function* progressReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let done = 0;
  let count = 0;
  for await (const event of source) {
    if (event.type !== "test:enqueue" && event.type !== "test:complete") continue;
    const file = fileOf(event.data);
    if (file === undefined) continue;
    if (event.type === "test:enqueue") count++;
    else {
      const { duration_ms: ms, passed } = event.data.details;
      yield `[${++done}/${count}] ${file} ${seconds(ms)}${passed ? "" : " FAILED"}\n`;
    }
  }
}

/** Node announces every file as a test of its own, named for its path. */
export function fileOf({ nesting, name, file }: { nesting: number; name: string; file?: string | undefined }) {
  if (nesting !== 0 || file === undefined || resolve(name) !== file) return undefined;
  return relative(process.cwd(), file);
}
