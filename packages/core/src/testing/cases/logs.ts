import assert from "node:assert/strict";
import type { LogLevel } from "../../log.ts";
import { definePredictor } from "../../predictor.ts";
import type { Invocation } from "../../seam.ts";
import type { CapturedLogs, LogLine } from "../captured-logs.ts";
import type { Host } from "../host.ts";
import { type Subject, serve, withEnvironment } from "../suite.ts";
import { post } from "../wire.ts";

interface Talking extends Subject {
  readonly invocations: Invocation[];
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Logs its input, or fails. */
function talking(): Talking {
  const invocations: Invocation[] = [];
  const predictor = definePredictor({
    name: "talking",
    load: () => ({}),
    predict(input: { message?: string; level?: string }, { log, invocation }) {
      invocations.push(invocation);
      if (input.message === undefined) throw new Error("the reason");
      log.info(input.message, { beside: 1n, level: input.level });
      return 1;
    },
  });
  return { predictor, invocations };
}

export function logs(host: Host, captured: CapturedLogs): void {
  withEnvironment({ TRICAST_LOG_LEVEL: "info" });
  const { logHead } = host.platform;
  const it = serve(host, talking);

  /** The only wanted line since a mark. Asserts that it begins as the platform's lines do. */
  async function lineSince(
    mark: number,
    isWanted: (line: LogLine) => boolean,
    level: LogLevel,
    message: string | undefined,
    invocation: Invocation | undefined,
  ): Promise<LogLine> {
    const lines = await captured.since(mark, isWanted, 1);
    assert.equal(lines.length, 1, `${lines.length} lines in the platform's log`);
    const [line = {}] = lines;
    assertBeginsWith(line, logHead(level, message ?? String(line.message), invocation));
    return line;
  }

  it("a line that predict logs begins as the platform's lines do, and no field of it replaces that", async ({
    send,
    subject,
  }) => {
    const mark = captured.mark();
    assert.equal((await send(post({ message: "hello é", level: "mine" }))).status, 200);
    const line = await lineSince(mark, ({ beside }) => beside === "1", "info", "hello é", subject.invocations.at(-1));
    assert.equal(JSON.stringify(line).includes("hello é"), true);
  });

  it("a failure is one line with its code and stack, which the client does not see", async ({ send, subject }) => {
    const mark = captured.mark();
    const response = await send(post({}));
    assert.equal(response.status, 500);
    assert.ok(!Buffer.from(response.body).toString().includes("the reason"));
    const isFailure = ({ code }: LogLine) => code === "predict-failed";
    const line = await lineSince(
      mark,
      isFailure,
      "error",
      "predict threw: Error: the reason",
      subject.invocations.at(-1),
    );
    assert.match(JSON.stringify(line.error), /the reason/);
  });

  it("the instance logs a line of its own when it is ready", async () => {
    const isReady = ({ predictor, loadMs }: LogLine) => predictor === "talking" && loadMs !== undefined;
    await lineSince(0, isReady, "info", "ready", undefined);
  });
}

/** Times vary. All other members of the head are known. */
function assertBeginsWith(line: LogLine, head: Readonly<Record<string, unknown>>): void {
  const expected = JSON.parse(JSON.stringify(head)) as LogLine;
  const names = Object.keys(expected);
  assert.deepEqual(Object.keys(line).slice(0, names.length), names);
  for (const name of names) {
    if (TIME.test(String(expected[name]))) assert.match(String(line[name]), TIME);
    else assert.deepEqual(line[name], expected[name], name);
  }
}
