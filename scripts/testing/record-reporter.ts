import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";
import { COVERAGE } from "../../test/support/soak/coverage.ts";
import { fileOf } from "./progress-reporter.ts";
import type { Recorded } from "./record.ts";

/** A reporter of node's test runner that writes what is shown and decided once all tests are done. */
export default async function* recordReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    const recorded = recordOf(event);
    if (recorded !== undefined) yield `${JSON.stringify(recorded)}\n`;
  }
}

function recordOf(event: TestEvent): Recorded | undefined {
  if (event.type === "test:complete") {
    const file = fileOf(event.data);
    return file === undefined ? undefined : { kind: "file", file, ms: event.data.details.duration_ms };
  }
  if (event.type !== "test:pass" && event.type !== "test:fail") return undefined;
  const { name: title, skip, todo, file = "" } = event.data;
  if (COVERAGE.test(title)) return { kind: "matrix", coverage: title };
  const why = skip ?? todo;
  if (why === undefined || why === false) return undefined;
  return { kind: "skipped", file: relative(process.cwd(), file), title, why: String(why) };
}
