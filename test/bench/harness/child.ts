import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface ChildOptions {
  readonly execArgv?: readonly string[];
  /** A child that hangs is killed and named; default 120 seconds. */
  readonly timeoutMs?: number;
}

/** Runs a module that calls {@link answerParent}, in a process of its own, and gives back what it answers. */
export function askChild<Answer>(module: URL, question: unknown, options: ChildOptions = {}): Promise<Answer> {
  const { execArgv = [], timeoutMs = 120_000 } = options;
  const child = fork(fileURLToPath(module), [JSON.stringify(question)], {
    execArgv: ["--expose-gc", "--conditions=@tricast/source", ...execArgv],
    env: { ...process.env, NODE_OPTIONS: "", TRICAST_LOG_LEVEL: "error" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`${fileURLToPath(module)} ${JSON.stringify(question)} gave no answer in ${timeoutMs} ms`));
    }, timeoutMs);
    child.on("message", (message) => resolve(message as Answer));
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`${fileURLToPath(module)} ended with ${signal ?? code} before it answered`));
    });
  });
}

/** The child's side: works on the question and sends the answer. Whatever it throws ends the process. */
export function answerParent<Question>(work: (question: Question) => Promise<unknown>): void {
  const [, , question] = process.argv;
  if (question === undefined || process.send === undefined) throw new Error("Started by askChild only");
  const send = process.send.bind(process);
  work(JSON.parse(question) as Question).then(
    (answer) => send(answer, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}
