import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface FailedRun {
  readonly calls: readonly (readonly string[])[];
  readonly stderr: string;
}

export interface RecordingTools {
  /** Runs a script with the stand-ins, and returns the words of every call, the tool first. @throws where the script fails. */
  run(path: string, text: string, env?: Readonly<Record<string, string>>): readonly (readonly string[])[];
  /** The same of a script that has to fail: its calls until then, and what it said on standard error. */
  fail(path: string, text: string, env?: Readonly<Record<string, string>>): FailedRun;
  remove(): void;
}

/** Stand-ins for `az` and `gcloud`, which record their calls. `answers` are branches of the shell's `case " $* " in`. */
export function recordingTools(answers: string): RecordingTools {
  const root = mkdtempSync(join(tmpdir(), "tricast-scripts-"));
  for (const tool of ["az", "gcloud"]) {
    // Writes its arguments, each ended by a NUL and each call by two.
    const record = `{ printf '%s\\0' ${tool} "$@"; printf '\\0'; } >> "$CALLS"`;
    writeFileSync(join(root, tool), `#!/bin/sh\n${record}\ncase " $* " in\n${answers}\nesac\n`);
    chmodSync(join(root, tool), 0o755);
  }
  const start = (path: string, text: string, env: Readonly<Record<string, string>>) => {
    const script = join(root, path);
    const log = `${script}.calls`;
    mkdirSync(dirname(script), { recursive: true });
    writeFileSync(script, text);
    writeFileSync(log, "");
    const { status, stderr } = spawnSync("/bin/sh", [script], {
      env: { PATH: `${root}:/usr/bin:/bin`, CALLS: log, ...env },
      encoding: "utf8",
    });
    const written = readFileSync(log, "utf8").split("\0\0");
    return { status, stderr, calls: written.filter((call) => call !== "").map((call) => call.split("\0")) };
  };
  return {
    run(path, text, env = {}) {
      const { status, stderr, calls } = start(path, text, env);
      assert.equal(status, 0, stderr);
      return calls;
    },
    fail(path, text, env = {}) {
      const { status, stderr, calls } = start(path, text, env);
      assert.equal(status, 1, stderr);
      return { calls, stderr };
    },
    remove: () => rmSync(root, { recursive: true }),
  };
}
