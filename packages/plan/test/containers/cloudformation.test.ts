import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { CONTAINER_CASES } from "../../../../test/golden/containers/cases.ts";
import {
  type Config,
  type OutputFile,
  type ResolvedPlan,
  renderEcs,
  renderSageMaker,
  resolvePlan,
} from "../../src/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: of a template, whose shape AWS's own linter is asked for elsewhere
type Properties = any;

interface Template {
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Properties }>>;
}

function templateOf(file: OutputFile | undefined): Template {
  return parse(file?.text ?? "") as Template;
}

function properties(template: Template, type: string): readonly Properties[] {
  return Object.values(template.Resources).flatMap((one) => (one.Type === type ? [one.Properties] : []));
}

/** Every logical id that something refers to. */
function references(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(references);
  return Object.entries(value).flatMap(([key, member]) => {
    if (key === "Ref" && typeof member === "string") return member.startsWith("AWS::") ? [] : [member];
    if (key === "Fn::GetAtt" && Array.isArray(member)) return [String(member[0])];
    return key === "DependsOn" ? [member as string].flat() : references(member);
  });
}

function planOf(targets: Config["targets"], settings: Config["settings"] = {}): ResolvedPlan {
  const image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/iris:1";
  return resolvePlan({ service: "any", predictors: { iris: {} }, settings: { image, ...settings }, targets });
}

const ECS = { domain: "models.example.com" };
const SAGEMAKER = { instanceType: "ml.c6i.2xlarge" };

describe("the metrics of a server behind a load balancer", () => {
  const metricsOf = (settings: Config["settings"]) => {
    const template = templateOf(renderEcs([planOf({ ecs: ECS }, settings)])[0]);
    const [{ Environment }] = properties(template, "AWS::ECS::TaskDefinition")[0].ContainerDefinitions;
    return Environment.find(({ Name }: { readonly Name: string }) => Name === "TRICAST_METRICS")?.Value;
  };
  const keys = { secrets: { TRICAST_API_KEYS: { ssm: "/keys" } } };

  it("ask for credentials where predictions do, unless the configuration says otherwise", () => {
    assert.equal(metricsOf({}), undefined);
    assert.equal(metricsOf({ endpoint: { auth: "api-key" }, ...keys }), "authenticated");
    const open = { TRICAST_METRICS: "open" };
    assert.equal(metricsOf({ endpoint: { auth: "api-key" }, ...keys, environment: open }), "open");
  });
});

describe("templates of containers", () => {
  const files = CONTAINER_CASES.flatMap(({ name, plans }) =>
    [...renderEcs(plans), ...renderSageMaker(plans)].map((file) => ({ what: `${name}/${file.path}`, file })),
  );
  assert.ok(files.length >= 6);

  for (const { what, file } of files) {
    it(`refer to nothing that is not there, and have no parameter for nothing: ${what}`, () => {
      const template = templateOf(file);
      const used = new Set(references(template));
      const there = [...Object.keys(template.Resources), ...Object.keys(template.Parameters ?? {})];
      assert.deepEqual(
        [...used].filter((id) => !there.includes(id)),
        [],
      );
      assert.deepEqual(
        Object.keys(template.Parameters ?? {}).filter((id) => !used.has(id)),
        [],
      );
    });
  }

  it("are the same bytes for the same plan", () => {
    const plan = planOf({ ecs: ECS, sagemaker: SAGEMAKER });
    assert.deepEqual(renderEcs([structuredClone(plan)]), renderEcs([plan]));
    assert.deepEqual(renderSageMaker([structuredClone(plan)]), renderSageMaker([plan]));
  });
});

describe("renderEcs", () => {
  function render(target: Partial<Config["targets"]["ecs"]>): Template {
    return templateOf(renderEcs([planOf({ ecs: { ...ECS, ...target } })])[0]);
  }

  it("lets a request finish before the task is ended", () => {
    for (const timeoutSeconds of [5, 29, 90]) {
      const [task] = properties(render({ timeoutSeconds }), "AWS::ECS::TaskDefinition");
      const [{ StopTimeout, Environment }] = task.ContainerDefinitions;
      const grace = Environment.find(({ Name }: { Name: string }) => Name === "TRICAST_GRACE_MS").Value;
      assert.ok(Number(grace) >= timeoutSeconds * 1000 && Number(grace) < StopTimeout * 1000);
    }
  });

  it("follows the CPU, requests where it is told how many, and times of day", () => {
    const policies = (target: Partial<Config["targets"]["ecs"]>) =>
      properties(render(target), "AWS::ApplicationAutoScaling::ScalingPolicy").map(({ PolicyName }) => PolicyName);
    assert.deepEqual(policies({}), ["cpu"]);
    assert.deepEqual(policies({ requestsPerMinute: 600 }), ["cpu", "requests-per-target"]);
    assert.deepEqual(policies({ warmInstances: 2, maxInstances: 2 }), []);
    const day = { name: "day", at: "0 7 * * 1-5", min: 4 };
    const [target] = properties(
      render({ warmInstances: { schedule: [day] } }),
      "AWS::ApplicationAutoScaling::ScalableTarget",
    );
    assert.equal(target.ScheduledActions[0].Schedule, "cron(0 7 ? * 2-6 *)");
  });

  it("lets what starts a task read its secrets, and nothing beside them", () => {
    const template = render({
      secrets: {
        A: { ssm: "/flowers/a" },
        B: { secretsManager: "arn:aws:secretsmanager:eu-central-1:1:secret:b-abcdef:key::" },
      },
    });
    const text = JSON.stringify(template.Resources.IrisExecutionRole);
    assert.match(text, /:parameter\/flowers\/a"/);
    assert.match(text, /"arn:aws:secretsmanager:eu-central-1:1:secret:b-abcdef"/);
    assert.doesNotMatch(JSON.stringify(template.Resources.IrisTaskRole), /secretsmanager|ssm/);
  });

  it("asks for a load balancer only where somebody shall reach a predictor", () => {
    const template = render({ endpoint: false });
    assert.deepEqual(properties(template, "AWS::ElasticLoadBalancingV2::TargetGroup"), []);
    assert.ok(!("ListenerArn" in (template.Parameters ?? {})));
  });

  it("refuses a secret of another cloud, with the place to write another", () => {
    const plan = planOf({ ecs: { ...ECS, secrets: { TOKEN: { keyVault: "https://v.vault.azure.net/secrets/t" } } } });
    assert.throws(() => renderEcs([plan]), {
      code: "invalid-option",
      message: /secrets\.TOKEN of iris on ecs is in keyVault; .* on\.ecs\.secrets/,
    });
  });
});

describe("renderSageMaker", () => {
  it("counts the vCPUs of a machine, because the metric is their sum", () => {
    const value = (instanceType: string) => {
      const template = templateOf(renderSageMaker([planOf({ sagemaker: { instanceType } })])[0]);
      const [policy] = properties(template, "AWS::ApplicationAutoScaling::ScalingPolicy");
      return policy.TargetTrackingScalingPolicyConfiguration.TargetValue;
    };
    assert.deepEqual(["ml.m5.large", "ml.c6i.xlarge", "ml.c6i.4xlarge"].map(value), [140, 280, 1120]);
    assert.throws(() => value("ml.c6i.metal"), {
      code: "invalid-option",
      message: /"ml\.c6i\.metal"; .* ml\.c6i\.xlarge/,
    });
  });

  it("refuses a secret, which SageMaker would not look up", () => {
    const plan = planOf({ sagemaker: { ...SAGEMAKER, secrets: { TOKEN: { ssm: "/token" } } } });
    assert.throws(() => renderSageMaker([plan]), { code: "invalid-option", message: /secrets\.TOKEN .* reads none/ });
  });
});
