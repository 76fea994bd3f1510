import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type Config, renderAzureMl, renderEcs, renderKubernetes, renderSageMaker, resolvePlan } from "@tricast/plan";
import { parse, parseAllDocuments } from "yaml";
import { eventually, startServer } from "./support/server-process.ts";
import { postJson, send } from "./support/wire-client.ts";

const PROGRAM = ["handlers/iris/server.ts"];
const INPUT = { features: [5.1, 3.5, 1.4, 0.2] };
const IMAGE = "registry.example.com/flowers/iris:1.0.0";

interface Probe {
  readonly httpGet: { readonly path: string };
}

type Member = Readonly<Record<string, unknown>>;

function planOf(targets: Config["targets"]) {
  return resolvePlan({ service: "flowers", predictors: { iris: {} }, settings: { image: IMAGE }, targets });
}

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
    const [file] = renderKubernetes([planOf({ kubernetes: {} })]);
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

  it("answers the health check of a load balancer on ECS", async (t) => {
    const [file] = renderEcs([planOf({ ecs: { domain: "models.example.com" } })]);
    const { Resources } = parse(file?.text ?? "");
    const [{ Environment }] = Resources.IrisTask.Properties.ContainerDefinitions;
    const env = Environment.map(({ Name, Value }: Readonly<Record<string, string>>) => [Name, Value]);
    const origin = await serve(t, Object.fromEntries(env));
    await untilOk(origin, Resources.IrisTargets.Properties.HealthCheckPath);
  });

  it("answers as SageMaker asks, which has its own routes and port", async (t) => {
    const [file] = renderSageMaker([planOf({ sagemaker: { instanceType: "ml.c6i.xlarge" } })]);
    const { Environment } = parse(file?.text ?? "").Resources.IrisModel.Properties.PrimaryContainer;
    const origin = await serve(t, Environment);
    await untilOk(origin, "/ping");
    assert.equal((await postJson(origin, "/invocations", INPUT)).status, 200);
  });

  it("answers at the routes in the files for Azure ML", async (t) => {
    const machine = { resourceGroup: "flowers", workspace: "models", instanceType: "Standard_F4s_v2" };
    const files = renderAzureMl([planOf({ azureMl: machine })]);
    const deployment = parse(files.find(({ path }) => path.endsWith("iris-deployment.yaml"))?.text ?? "");
    const {
      liveness_route: live,
      readiness_route: ready,
      scoring_route: score,
    } = deployment.environment.inference_config;
    const origin = await serve(t, deployment.environment_variables);
    await untilOk(origin, ready.path);
    await untilOk(origin, live.path);
    assert.equal((await postJson(origin, score.path, INPUT)).status, 200);
  });
});
