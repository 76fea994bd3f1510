import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { DEPLOYMENT_CASES } from "../../../../test/golden/terraform/cases.ts";
import { renderScripts, resolvePlan } from "../../src/index.ts";
import { quote } from "../../src/scripts/shell.ts";

let root: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), "tricast-scripts-"));
  for (const tool of ["az", "gcloud"]) {
    // Writes its arguments, each ended by a NUL and each call by two; finds nothing that it is asked to show.
    const text = `#!/bin/sh\n{ printf '%s\\0' ${tool} "$@"; printf '\\0'; } >> "$CALLS"\ncase " $* " in\n*" describe "*|*" functionapp show "*"defaultHostName"*) echo https://x.example ;;\n*" functionapp show "*) exit 1 ;;\nesac\n`;
    writeFileSync(join(root, tool), text);
    chmodSync(join(root, tool), 0o755);
  }
});
after(() => rmSync(root, { recursive: true }));

/** Runs a script with recorded stand-ins for the tools, and gives the words of every call. */
function run(path: string, text: string): string[][] {
  const script = join(root, path);
  const calls = `${script}.calls`;
  mkdirSync(dirname(script), { recursive: true });
  writeFileSync(script, text);
  rmSync(calls, { force: true });
  const env = { PATH: `${root}:/usr/bin:/bin`, CALLS: calls };
  execFileSync("/bin/sh", [script], { env, stdio: ["ignore", "ignore", "inherit"] });
  return readFileSync(calls, "utf8")
    .split("\0\0")
    .filter((call) => call !== "")
    .map((call) => call.split("\0"));
}

describe("renderScripts", () => {
  for (const { name, plans } of DEPLOYMENT_CASES) {
    for (const file of plans.flatMap(renderScripts)) {
      it(`writes a script for ${name} that runs to its end: ${file.path}`, () => {
        assert.equal(file.executable, true);
        assert.ok(run(`${name}/${file.path}`, file.text).length > 0);
      });
    }
  }

  it("passes any environment value on as it is", () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 30 }).filter((text) => !text.includes("\0")),
        (value) => {
          const plan = resolvePlan({
            service: "any",
            predictors: { iris: { environment: { VALUE: value } } },
            targets: { azure: { location: "westeurope" } },
          });
          const [script] = renderScripts(plan);
          const calls = run("value.sh", script?.text ?? "");
          const settings = calls.find((call) => call.includes("appsettings"));
          assert.ok(settings?.includes(`VALUE=${value}`), JSON.stringify(settings));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("separates values for gcloud with what none of them has", () => {
    const plan = resolvePlan({
      service: "any",
      predictors: { iris: { environment: { A: "1,2", B: "x@y" } } },
      targets: { gcp: { project: "project-1", region: "europe-west3" } },
    });
    const [script] = renderScripts(plan);
    const deploy = run("gcp.sh", script?.text ?? "").find((call) => call.includes("deploy"));
    assert.equal(deploy?.[deploy.indexOf("--set-env-vars") + 1], "^#^A=1,2#B=x@y");
  });
});

describe("quote", () => {
  it("makes one word of any text", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("\0")),
        (text) => {
          const printed = execFileSync("/bin/sh", ["-c", `printf '%s' ${quote(text)}`], { encoding: "utf8" });
          assert.equal(printed, text);
        },
      ),
      { numRuns: 50 },
    );
  });
});
