// Checks rendered deploy scripts with gcloud itself and shellcheck. gcloud parses a command's arguments before it looks
// for an account. Without an account, a valid command fails because the account is missing, and an invalid one because
// of its arguments.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { type OutputFile, renderAzureMl, renderScripts, renderVertex } from "@tricast/plan";
import { CONTAINER_CASES } from "../../test/golden/containers/cases.ts";
import { DEPLOYMENT_CASES } from "../../test/golden/terraform/cases.ts";
import { providePrograms, whyWithout } from "./support/debian-packages.ts";

const CALL_MS = 60_000;
const SCRIPT_MS = 600_000;
/** A valid command, stopped because the account is missing or, if that is checked first, the file to copy. */
const UNDERSTOOD =
  /You do not currently have an active account selected|Your current active account .* does not have any valid credentials|Anonymous caller|does not match any/;

const withoutShellcheck = providePrograms({ shellcheck: "shellcheck" }) ?? false;
const withoutGcloud = whyWithout("gcloud");

let root: string;
before(() => {
  if (withoutGcloud) return;
  const gcloud = execFileSync("which", ["gcloud"], { encoding: "utf8" }).trim();
  console.log(execFileSync(gcloud, ["--version"], { encoding: "utf8" }).split("\n")[0]);
  root = mkdtempSync(join(tmpdir(), "tricast-scripts-"));
  const wrapper = [
    "#!/bin/sh",
    'echo "$@" >> "$CALLS"',
    `output=$(timeout ${CALL_MS / 1000} ${gcloud} "$@" 2>&1) && { echo "$output"; exit 0; }`,
    'printf "%s\\n" "$output" >> "$ANSWERS"; printf "\\0" >> "$ANSWERS"',
    // Existence checks fail, and all other commands succeed.
    'case " $* " in *" list "*) echo projects/1/locations/europe-west3/endpoints/1 ;;',
    '*" describe "*"--format "*|*" access "*) echo https://answer.example ;; *" describe "*) exit 1 ;; esac',
    "",
  ].join("\n");
  writeFileSync(join(root, "gcloud"), wrapper);
  chmodSync(join(root, "gcloud"), 0o755);
});
after(() => rmSync(root ?? "", { recursive: true, force: true }));

const SCRIPTS: readonly (OutputFile & { readonly name: string })[] = [
  ...DEPLOYMENT_CASES.flatMap(({ name, plans }) => renderScripts(plans).map((file) => ({ name, ...file }))),
  ...CONTAINER_CASES.flatMap(({ name, plans }) =>
    [...renderVertex(plans), ...renderAzureMl(plans)]
      .filter(({ executable }) => executable === true)
      .map((file) => ({ name, ...file })),
  ),
];

for (const { name, path, text } of SCRIPTS) {
  test(`${name}/${path}: nothing for shellcheck to say`, { skip: withoutShellcheck }, () => {
    const { status, stdout, stderr, error } = spawnSync("shellcheck", ["-"], { input: text, encoding: "utf8" });
    assert.ifError(error);
    assert.equal(status, 0, stdout + stderr);
  });
  // All commands of the examples are in the other cases too, and gcloud takes seconds to parse each.
  if (text.includes("\ngcloud ") && name !== "examples")
    test(`${name}/${path}: gcloud understands every command`, { skip: withoutGcloud }, () => understood(path, text));
}

function understood(path: string, text: string): void {
  const script = join(root, path);
  const env = {
    PATH: `${root}:${process.env.PATH}`,
    HOME: root,
    CLOUDSDK_CONFIG: join(root, "config"),
    CALLS: join(root, "calls"),
    ANSWERS: join(root, "answers"),
  };
  mkdirSync(dirname(script), { recursive: true });
  writeFileSync(script, text);
  for (const file of [env.CALLS, env.ANSWERS]) writeFileSync(file, "");
  execFileSync("/bin/sh", [script], { env, cwd: root, timeout: SCRIPT_MS, stdio: ["ignore", "ignore", "inherit"] });
  const calls = readFileSync(env.CALLS, "utf8").split("\n").filter(Boolean);
  const answers = readFileSync(env.ANSWERS, "utf8").split("\0").filter(Boolean);
  assert.ok(calls.length >= 4, "the script calls gcloud");
  assert.deepEqual(
    answers.filter((answer) => !UNDERSTOOD.test(answer)),
    [],
  );
}
