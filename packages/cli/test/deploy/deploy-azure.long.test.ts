import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fakeTools } from "../support/fake-tools.ts";
import { builtFlowerProject } from "../support/flower-project.ts";
import { startLiveEndpoint } from "../support/live-endpoint.ts";
import { runCli } from "../support/run-cli.ts";
import { terraformTool } from "../support/terraform-tool.ts";

describe("tricast deploy azure", () => {
  it("keeps Azure's packages that passed, and deploys the last good one again", async () => {
    let isBroken = false;
    const { url } = await startLiveEndpoint({ path: "/api/iris", refuse: () => (isBroken ? 500 : undefined) });
    const folder = await builtFlowerProject({ azure: { location: "westeurope" } });
    const kept = (name: string) => join(folder, ".tricast/deployed/flowers-dev-iris", name);
    const zip = (name: string) =>
      `functionapp deployment source config-zip --resource-group flowers-dev --name flowers-dev-iris --src ${kept(name)}`;
    const tools = fakeTools({
      terraform: terraformTool("azure", { endpoints: { iris: url } }),
      az: { [zip("current.zip")]: { stderr: "Getting scm site credentials\n" }, [zip("previous.zip")]: {} },
    });
    const env = { PATH: tools.path };
    const deploy = ["deploy", "azure", "--via", "terraform", "--yes", "--rollback-on-failure"];
    assert.equal((await runCli(folder, deploy, env)).exitCode, 0);
    const early = await runCli(folder, ["rollback", "azure"], env);
    assert.match(early.stderr, /error deploy-failed: flowers-dev-iris has no version before the current package/);
    isBroken = true;
    const failed = await runCli(folder, deploy, env);
    assert.deepEqual([failed.exitCode, tools.calls().at(-1)], [1, `az ${zip("current.zip")}`]);
    isBroken = false;
    assert.equal((await runCli(folder, deploy, env)).exitCode, 0);
    const back = await runCli(folder, ["rollback", "azure"], env);
    assert.deepEqual([back.exitCode, tools.calls().at(-1)], [0, `az ${zip("previous.zip")}`], back.stderr);
  });
});
