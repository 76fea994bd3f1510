export type Env = Readonly<Record<string, string | undefined>>;

export interface ToolAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  /** The last line of standard error, in which most tools report why they failed. */
  readonly reason: string;
}

/**
 * Runs a cloud's command-line tool and waits until it ends. `undefined` if it is not on PATH.
 * @param timeoutMs milliseconds after which the tool is killed. Default: never, because the user may have to confirm a
 * login.
 */
export async function askTool(
  name: string,
  args: readonly string[],
  env: Env,
  timeoutMs = 0,
): Promise<ToolAnswer | undefined> {
  const { execFile } = await import("node:child_process");
  // On Windows the tools are scripts, which need a shell.
  const options = { env: { ...env }, timeout: timeoutMs, shell: process.platform === "win32" };
  return new Promise((resolve) => {
    execFile(name, [...args], options, (error, stdout, stderr) => {
      if (error?.code === "ENOENT") return resolve(undefined);
      const exitCode = error === null ? 0 : Number(error.code ?? 1);
      resolve({ exitCode, stdout, reason: stderr.trim().split("\n").at(-1) ?? "" });
    });
  });
}
