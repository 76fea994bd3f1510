import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { serialize } from "node:v8";
import type { AnswerTo, Question, Reply } from "./child-messages.ts";

/** Some processes with a session never end; see docs/guides/fast-loading.md. */
const TIMEOUT_MS = 120_000;
const ATTEMPTS = 2;

/**
 * Answers a question in a new process.
 *
 * @throws {Error} with the child's own message, or after two attempts without an answer.
 */
export async function ask<Q extends Question>(question: Q): Promise<AnswerTo<Q>> {
  const folder = mkdtempSync(join(tmpdir(), "tricast-optimize-"));
  try {
    const file = join(folder, "question");
    writeFileSync(file, serialize(question));
    let reply: Reply | undefined;
    for (let attempt = 0; reply === undefined && attempt < ATTEMPTS; attempt++) reply = await askChild(file);
    if (reply === undefined)
      throw new Error(`the process that measures the model did not answer within ${TIMEOUT_MS / 1000} seconds`);
    if ("error" in reply) throw new Error(reply.error);
    return reply.answer as AnswerTo<Q>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `undefined` after the timeout, or if the process ended without an answer. */
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
