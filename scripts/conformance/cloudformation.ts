import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { messageOf } from "@tricast/core/adapter";
import { makeService } from "../../test/e2e/support/serverless-service.ts";
import { providePythonTool } from "./support/python-tool.ts";

/**
 * Packages this repository's serverless.yml for every stage and checks the templates with AWS's own linter, cfn-lint.
 * cfn-lint has the published schema of every resource type.
 *
 * cfn-lint is installed from PyPI into its own folder. Without it nothing is compared: a message reports this, and with
 * `CI=true` the check fails.
 */
const CFN_LINT = "cfn-lint==1.58.0";
const STAGES = ["dev", "staging", "prod"];
/** A DependsOn that repeats a reference: Serverless writes both, and both are allowed. */
const IGNORED = ["W3005"];

async function main(): Promise<void> {
  let program: string;
  try {
    program = join(providePythonTool(CFN_LINT), "cfn-lint");
  } catch (error) {
    console.error(`\n!! NOT RUN: ${messageOf(error)}\n`);
    console.log("0 passed, 0 failed");
    process.exitCode = process.env.CI === "true" ? 1 : 0;
    return;
  }
  await using service = await makeService();
  let failed = refusesNonsense(program) ? 0 : 1;
  for (const stage of STAGES) {
    await service.run(["package", "--stage", stage]);
    if (!lint(program, stage, join(service.folder, ".serverless/cloudformation-template-update-stack.json")))
      failed += 1;
  }
  console.log(`${STAGES.length + 1 - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

/** Proves that the linter finds faults: a linter without findings would pass everything. */
function refusesNonsense(program: string): boolean {
  const template = { Resources: { Alias: { Type: "AWS::Lambda::Alias", Properties: { Name: "live", Wrong: true } } } };
  const { stdout } = spawnSync(program, [], { input: JSON.stringify(template), encoding: "utf8" });
  const found = ["'FunctionName' is a required property", "'Wrong' was unexpected"].every((text) =>
    stdout.includes(text),
  );
  console.log(
    `${found ? "ok" : "FAILED"}: cfn-lint sees a missing and an unknown property${found ? "" : `\n${stdout}`}`,
  );
  return found;
}

function lint(program: string, stage: string, template: string): boolean {
  const args = ["--ignore-checks", ...IGNORED, "--regions", "eu-central-1", "--template", template];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  console.log(
    `${status === 0 ? "ok" : "FAILED"}: the template of ${stage}${status === 0 ? "" : `\n${stdout}${stderr}`}`,
  );
  return status === 0;
}

await main();
