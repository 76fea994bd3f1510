import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { DEPLOYMENT_CASES } from "../../../../test/golden/terraform/cases.ts";
import { renderScripts, resolvePlan } from "../../src/index.ts";
import { quote } from "../../src/render/shell/shell.ts";
import type { Jwt } from "../../src/tools.ts";
import { type RecordingTools, recordingTools } from "../support/script-calls.ts";

let tools: RecordingTools;
before(() => {
  // Finds nothing that it is asked to show.
  tools = recordingTools(
    `*" describe "*|*" functionapp show "*" --query "*) echo https://x.example ;;\n*" functionapp show "*) exit 1 ;;`,
  );
});
after(() => tools.remove());

describe("renderScripts", () => {
  for (const { name, plans } of DEPLOYMENT_CASES) {
    for (const file of renderScripts(plans)) {
      it(`writes a script for ${name} that runs to its end: ${file.path}`, () => {
        assert.equal(file.executable, true);
        assert.ok(tools.run(`${name}/${file.path}`, file.text).length > 0);
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
          const [script] = renderScripts([plan]);
          const calls = tools.run("value.sh", script?.text ?? "");
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
    const [script] = renderScripts([plan]);
    const deploy = tools.run("gcp.sh", script?.text ?? "").find((call) => call.includes("deploy"));
    assert.equal(deploy?.[deploy.indexOf("--set-env-vars") + 1], "^#^A=1,2#B=x@y");
  });
});

describe("a JWT on Azure, by scripts", () => {
  const issuer = "https://login.microsoftonline.com/6babcaad-604b-40ac-a9d7-9fd97c0b779f/v2.0";
  const scriptFor = (auth: Jwt) =>
    renderScripts([
      resolvePlan({
        service: "flowers",
        predictors: { iris: { endpoint: { auth } } },
        targets: { azure: { location: "westeurope" } },
      }),
    ])[0]?.text ?? "";

  it("deploys no anonymous app: the platform checks tokens before there are settings or code", () => {
    const calls = tools.run("jwt.sh", scriptFor({ issuer, audience: ["api://flowers", "api://roses"] }));
    const names = [
      "functionapp create",
      "rest --method put",
      "functionapp config appsettings",
      "functionapp deployment",
    ];
    const found = names.map((name) => calls.findIndex((call) => call.join(" ").startsWith(`az ${name}`)));
    assert.ok(
      found.every((index, position) => index > (found[position - 1] ?? -1)),
      `${found}`,
    );
    const put = calls[found[1] ?? 0] ?? [];
    assert.equal(put[put.indexOf("--url") + 1], "https://x.example/config/authsettingsV2?api-version=2024-04-01");
    assert.deepEqual(JSON.parse(put[put.indexOf("--body") + 1] ?? "").properties, {
      platform: { enabled: true },
      globalValidation: { requireAuthentication: true, unauthenticatedClientAction: "Return401" },
      httpSettings: { requireHttps: true },
      identityProviders: {
        azureActiveDirectory: {
          enabled: true,
          registration: { openIdIssuer: issuer, clientId: "api://flowers" },
          validation: { allowedAudiences: ["api://flowers", "api://roses"] },
        },
      },
    });
  });

  it("sends no code where the platform does not take the check", () => {
    const refusing = recordingTools(`*" rest "*) exit 1 ;;\n*" functionapp show "*" --query "*) echo 1 ;;`);
    const { calls } = refusing.fail("jwt.sh", scriptFor({ issuer, audience: ["api://it's"] }));
    refusing.remove();
    assert.ok(calls.some((call) => call.includes("rest")));
    assert.ok(!calls.some((call) => call.includes("config-zip") || call.includes("appsettings")));
  });

  it("is refused for an issuer that is not one tenant of Entra, with what to write", () => {
    for (const other of [
      "https://flowers.eu.auth0.com/",
      "https://login.microsoftonline.com/common/v2.0",
      "https://login.microsoftonline.com/flowers.onmicrosoft.com/v2.0",
      `${issuer}/`,
      `${issuer}.example.com`,
      `https://example.com/${issuer}`,
      issuer.replace("microsoftonline.com", "microsoftonline.com.example"),
    ]) {
      assert.throws(() => scriptFor({ issuer: other, audience: ["api://flowers"] }), {
        code: "invalid-option",
        message:
          /^azure\.iris\.endpoint\.auth\.issuer is "[^"]+" in stage dev\. App Service .* Fix: write the iss of your tenant's tokens/,
      });
    }
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
