import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { makeService } from "../../test/e2e/support/serverless-service.ts";
import { providePythonTool } from "./support/python-tool.ts";

/**
 * Packages this repository's serverless.yml for every stage and has AWS's own linter read the templates: cfn-lint, which
 * knows the published schema of every resource type. It is installed from PyPI into a folder of its own.
 */
const CFN_LINT = "cfn-lint==1.58.0";
const STAGES = ["dev", "staging", "prod"];
/** A DependsOn where a reference says the same: Serverless writes both, and both are allowed. */
const IGNORED = ["W3005"];

const cfnLint = cfnLintProgram();
const skip = cfnLint instanceof Error && cfnLint.message;

/** A linter that finds nothing anywhere would pass everything. */
it("cfn-lint sees a missing and an unknown property", { skip }, () => {
  const template = { Resources: { Alias: { Type: "AWS::Lambda::Alias", Properties: { Name: "live", Wrong: true } } } };
  const { stdout } = spawnSync(String(cfnLint), [], { input: JSON.stringify(template), encoding: "utf8" });
  assert.match(stdout, /'FunctionName' is a required property/);
  assert.match(stdout, /'Wrong' was unexpected/);
});

it("cfn-lint finds nothing in the template of any stage", { skip }, async (context) => {
  await using service = await makeService();
  for (const stage of STAGES) {
    await context.test(stage, async () => {
      await service.run(["package", "--stage", stage]);
      lint(join(service.folder, ".serverless/cloudformation-template-update-stack.json"));
    });
  }
});

function lint(template: string): void {
  const args = ["--ignore-checks", ...IGNORED, "--regions", "eu-central-1", "--template", template];
  const { status, stdout, stderr } = spawnSync(String(cfnLint), args, { encoding: "utf8" });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

function cfnLintProgram(): string | Error {
  try {
    return join(providePythonTool(CFN_LINT), "cfn-lint");
  } catch (error) {
    return error as Error;
  }
}
