import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import type { AnswerTo, Question, Reply } from "./child-messages.ts";
import { plainExamples } from "./example-file.ts";

/** Some processes that hold a session never end; see docs/guides/fast-loading.md. */
const TIMEOUT_MS = 120_000;
const ATTEMPTS = 2;

/**
 * Has a question answered in a fresh process.
 *
 * @throws {Error} with the child's own message; or when it gave no answer, twice.
 */
export async function ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
  const folder = mkdtempSync(join(tmpdir(), "tricast-optimize-"));
  try {
    const file = join(folder, "question");
    writeFileSync(file, serialize({ ...question, examples: plainExamples(question.examples) }));
    let reply: Reply | undefined;
    for (let attempt = 0; reply === undefined && attempt < ATTEMPTS; attempt++) reply = await askChild(file);
    if (reply === undefined) throw new Error(`a process that measured gave no answer in ${TIMEOUT_MS / 1000} seconds`);
    if ("error" in reply) throw new Error(reply.error);
    return reply.answer as AnswerTo<Q>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `undefined` when time was up, or the process ended without a word. */
function askChild(file: string): Promise<Reply | undefined> {
  const self = import.meta.url;
  const child = fork(fileURLToPath(new URL(`./measure-child${extname(self)}`, self)), [file], {
    execArgv: process.execArgv.filter((flag) => flag.startsWith("--conditions=")),
    env: { ...process.env, NODE_OPTIONS: "" },
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((resolve) => {
    let reply: Reply | undefined;
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    child.on("message", (message) => {
      reply = message as Reply;
      child.kill("SIGKILL");
    });
    child.on("error", () => child.kill("SIGKILL"));
    child.on("exit", () => {
      clearTimeout(timer);
      resolve(reply);
    });
  });
}
