import { appendFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";
import { COVERAGE } from "../../test/support/soak/coverage.ts";
import { type Recorded, seconds } from "./record.ts";

/**
 * A reporter of node's test runner: a line for each file that is done. What is shown and decided once all tests are done goes
 * to the file that TRICAST_TEST_RECORD names. Node warns of a leak where there are three reporters, so this one does both.
 */
export default async function* progressReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const record = process.env.TRICAST_TEST_RECORD;
  let done = 0;
  let count = 0;
  for await (const event of source) {
    const recorded = recordOf(event);
    if (recorded !== undefined && record) appendFileSync(record, `${JSON.stringify(recorded)}\n`);
    if (event.type === "test:enqueue" && fileOf(event.data) !== undefined) count++;
    if (recorded?.kind === "file") {
      const { file, ms, passed } = recorded;
      yield `[${++done}/${count}] ${file} ${seconds(ms)}${passed ? "" : " FAILED"}\n`;
    }
  }
}

function recordOf(event: TestEvent): Recorded | undefined {
  if (event.type === "test:complete") {
    const file = fileOf(event.data);
    const { duration_ms: ms, passed } = event.data.details;
    return file === undefined ? undefined : { kind: "file", file, ms, passed };
  }
  if (event.type !== "test:pass" && event.type !== "test:fail") return undefined;
  const { name: title, skip, todo, file = "" } = event.data;
  if (COVERAGE.test(title)) return { kind: "matrix", coverage: title };
  const why = skip ?? todo;
  if (why === undefined || why === false) return undefined;
  return { kind: "skipped", file: relative(process.cwd(), file), title, why: String(why) };
}

/** Node reports every file as one test, named for its path. */
function fileOf({ nesting, name, file }: { nesting: number; name: string; file?: string | undefined }) {
  if (nesting !== 0 || file === undefined || resolve(name) !== file) return undefined;
  return relative(process.cwd(), file);
}
