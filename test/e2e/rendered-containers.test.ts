import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { renderKubernetes, resolvePlan } from "@tricast/plan";
import { parseAllDocuments } from "yaml";
import { eventually, startServer } from "./support/server-process.ts";
import { send } from "./support/wire-client.ts";

const PROGRAM = ["handlers/iris/server.ts"];
const IMAGE = "registry.example.com/flowers/iris:1.0.0";

interface Probe {
  readonly httpGet: { readonly path: string };
}

type Member = Readonly<Record<string, unknown>>;

/** The server of the example with a rendered environment, ended with the test. */
async function serve(t: TestContext, env: Readonly<Record<string, string>>): Promise<string> {
  const server = await startServer(PROGRAM, env);
  t.after(() => {
    server.child.kill("SIGKILL");
    return server.exited;
  });
  return server.origin;
}

async function untilOk(origin: string, target: string): Promise<void> {
  await eventually(target, async () => (await send(origin, { target })).status === 200);
}

describe("the server, in what is rendered for it", () => {
  it("answers every probe of Kubernetes, and has the metric that pods are added by", async (t) => {
    const [file] = renderKubernetes(
      resolvePlan({ service: "flowers", predictors: { iris: {} }, targets: { kubernetes: { image: IMAGE } } }),
    );
    const documents = parseAllDocuments(file?.text ?? "").map((one) => one.toJS() as Member | null);
    const spec = (kind: string) => documents.find((one) => one?.kind === kind)?.spec as never;
    const { template } = spec("Deployment") as { template: { spec: { containers: readonly Member[] } } };
    const [container = {}] = template.spec.containers;
    const env = (container.env as readonly { name: string; value: string }[]).map(({ name, value }) => [name, value]);
    const origin = await serve(t, Object.fromEntries(env));
    for (const name of ["startupProbe", "readinessProbe", "livenessProbe"])
      await untilOk(origin, (container[name] as Probe).httpGet.path);
    const { metrics } = spec("HorizontalPodAutoscaler") as { metrics: readonly { pods?: { metric: Member } }[] };
    const [name] = metrics.flatMap(({ pods }) => pods?.metric.name ?? []);
    const shown = await send(origin, { target: "/metrics" });
    assert.match(shown.body.toString(), new RegExp(`^${name} \\d+$`, "m"));
  });
});
