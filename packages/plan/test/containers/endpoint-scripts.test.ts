import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { CONTAINER_CASES } from "../../../../test/golden/containers/cases.ts";
import {
  type OutputFile,
  type ResolvedPlan,
  renderAzureMl,
  renderVertex,
  resolvePlan,
  type Settings,
} from "../../src/index.ts";
import { type RecordingTools, recordingTools } from "../support/script-calls.ts";

let tools: RecordingTools;
before(() => {
  // What is shown is there only where THERE is set.
  tools = recordingTools(
    `*" auth_mode "*) echo "$MODE" ;;
*" --query "*|*" --format "*) if [ -n "$THERE" ]; then echo '7;8'; fi ;;
*" show "*|*" describe "*) test -n "$THERE" ;;`,
  );
});
after(() => tools.remove());

/** The calls of a script, each as its words, where nothing is there yet or everything. */
function run(file: OutputFile | undefined, there: "" | "yes"): readonly (readonly string[])[] {
  assert.equal(file?.executable, true);
  return tools.run(file.path, file.text, { THERE: there, MODE: modeOf(file) });
}

/** The mode that a script asks for, which an endpoint that it has made has. */
function modeOf({ text }: OutputFile): string {
  return /"\$mode" != (\w+)/.exec(text)?.[1] ?? "";
}

function verbs(calls: readonly (readonly string[])[]): readonly string[] {
  return calls.map((words) => words.slice(1, 4).join(" "));
}

function planOf(settings: Settings = {}): ResolvedPlan {
  return resolvePlan({
    service: "any",
    predictors: { iris: {} },
    settings: { image: "registry.example.com/iris:1", ...settings },
    targets: {
      vertex: { project: "flowers-1", region: "europe-west3", instanceType: "n2-standard-4" },
      azureMl: { resourceGroup: "flowers", workspace: "models", instanceType: "Standard_F4s_v2" },
    },
  });
}

const scriptOf = (files: readonly OutputFile[]) => files.find(({ executable }) => executable === true);

describe("scripts of managed endpoints", () => {
  for (const { name, plans } of CONTAINER_CASES) {
    for (const file of [...renderVertex(plans), ...renderAzureMl(plans)]) {
      if (file.executable !== true) continue;
      it(`run to their end, the first time and again: ${name}/${file.path}`, () => {
        assert.ok(run(file, "").length > 4);
        assert.ok(run(file, "yes").length > 4);
      });
    }
  }

  it("upload a first model to Vertex AI, then versions of it, and take the older ones away", () => {
    const script = scriptOf(renderVertex([planOf()]));
    const first = run(script, "");
    assert.ok(first.some((words) => words.includes("--model-id=any-dev-iris")));
    assert.ok(verbs(first).includes("ai endpoints create") && !verbs(first).includes("ai endpoints undeploy-model"));
    const again = run(script, "yes");
    const parent = "--parent-model=projects/flowers-1/locations/europe-west3/models/any-dev-iris";
    assert.ok(again.some((words) => words.includes(parent)));
    assert.ok(!verbs(again).includes("ai endpoints create"));
    const removed = again.filter((words) => words.includes("undeploy-model")).map((words) => words.at(-1));
    assert.deepEqual(removed, ["7", "8"]);
  });

  it("create what Azure ML does not have, and update what it has", () => {
    const script = scriptOf(renderAzureMl([planOf()]));
    const deployed = (there: "" | "yes") =>
      verbs(run(script, there)).filter((verb) =>
        /^ml online-(endpoint|deployment) (create|update)|autoscale create/.test(verb),
      );
    assert.deepEqual(deployed(""), [
      "ml online-endpoint create",
      "ml online-deployment create",
      "ml online-endpoint update",
      "monitor autoscale create",
    ]);
    assert.deepEqual(deployed("yes"), ["ml online-deployment update", "ml online-endpoint update"]);
  });

  it("deploy nothing to an endpoint of Azure ML that asks for other credentials", () => {
    for (const [auth, mode, wanted] of [
      ["iam", "key", "aad_token"],
      ["api-key", "aad_token", "key"],
    ] as const) {
      const script = scriptOf(renderAzureMl([planOf({ endpoint: { auth } })]));
      assert.ok(script !== undefined);
      const { calls, stderr } = tools.fail(script.path, script.text, { THERE: "yes", MODE: mode });
      assert.match(
        stderr,
        new RegExp(`any-dev-iris has auth_mode ${mode} and the configuration asks for ${wanted}\\.`),
      );
      assert.ok(!calls.some((words) => words.includes("online-deployment")));
    }
  });

  it("refuse secrets, which neither platform would look up", () => {
    const plan = planOf({ secrets: { TOKEN: { secretManager: "token" } } });
    for (const render of [renderVertex, renderAzureMl]) {
      assert.throws(() => render([plan]), { code: "invalid-option", message: /secrets\.TOKEN of iris/ });
    }
  });
});

describe("renderAzureMl", () => {
  it("lets as many requests through as the server serves at once, and asks as it is told", () => {
    const texts = (settings: Settings) =>
      renderAzureMl([planOf(settings)])
        .map(({ text }) => text)
        .join("\n");
    assert.match(texts({}), /max_concurrent_requests_per_instance: 64/);
    assert.match(texts({ concurrency: 5 }), /max_concurrent_requests_per_instance: 5/);
    assert.match(texts({}), /auth_mode: key/);
    assert.match(texts({ endpoint: { auth: "iam" } }), /auth_mode: aad_token/);
  });
});
