import type { TestEvent } from "node:test/reporters";

/** Prints a line of JSON for each case that failed: the titles on its way, from the outermost. */
export default async function* failures(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = [];
  for await (const { type, data } of events) {
    if (type !== "test:start" && type !== "test:fail") continue;
    path.length = data.nesting;
    path.push(data.name);
    if (type === "test:fail") yield `${JSON.stringify(path)}\n`;
  }
}
