import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { recognisePing } from "@tricast/core/adapter";
import { renderTerraform, resolvePlan, type Settings } from "@tricast/plan";
import { type AwsResourceOptions, awsResources } from "@tricast/plan/tools";
import type { Resources } from "../../src/render/cloudformation/cloudformation.ts";
import { configOf, planOf } from "./plans.ts";

const OPTIONS: AwsResourceOptions = { version: (name) => `${name}Version1` };

function resourcesOf(settings: Settings, stage = "dev"): Resources {
  return awsResources(planOf(settings, stage), OPTIONS);
}

interface MetricMath {
  readonly Metrics: readonly {
    readonly MetricStat?: { readonly Metric: { readonly MetricName: string; readonly Dimensions: { Name: string }[] } };
  }[];
}

/** @throws where there is no such resource. */
function propertiesOf<T>(resources: Resources, id: string): T {
  const resource = resources[id];
  assert.ok(resource, `there is ${id}`);
  return resource.Properties as T;
}

function idsOf(resources: Resources, type: string): readonly string[] {
  return Object.keys(resources).filter((id) => resources[id]?.Type === type);
}

describe("awsResources", () => {
  it("gives the same bytes for the same plan", () => {
    const settings: Settings = {
      warmInstances: { min: 1, max: 4 },
      ping: { concurrency: 7 },
      rollout: { kind: "linear" },
    };
    assert.equal(JSON.stringify(resourcesOf(settings, "prod")), JSON.stringify(resourcesOf(settings, "prod")));
  });

  it("gives nothing for a plan without AWS", () => {
    const plan = resolvePlan({ ...configOf({ iris: {} }), targets: { azure: { location: "westeurope" } } });
    assert.deepEqual(awsResources(plan, OPTIONS), {});
  });

  it("makes an alias on the version of each function, and a role", () => {
    const resources = resourcesOf({});
    assert.deepEqual(Object.keys(resources), ["IrisLambdaRole", "IrisLambdaAlias"]);
    assert.deepEqual(resources.IrisLambdaAlias?.Properties, {
      FunctionName: { Ref: "IrisLambdaFunction" },
      FunctionVersion: { "Fn::GetAtt": ["irisVersion1", "Version"] },
      Name: "live",
    });
  });

  it("spells dashes in ids as Serverless does", () => {
    const resources = awsResources(resolvePlan(configOf({ "my-iris": {} })), OPTIONS);
    assert.ok(resources.MyDashirisLambdaAlias);
  });

  describe("warm instances", () => {
    it("are provisioned on the alias, and not scaled, where their number is fixed", () => {
      const resources = resourcesOf({ warmInstances: 3 });
      assert.deepEqual(resources.IrisLambdaAlias?.Properties.ProvisionedConcurrencyConfig, {
        ProvisionedConcurrentExecutions: 3,
      });
      assert.deepEqual(idsOf(resources, "AWS::ApplicationAutoScaling::ScalableTarget"), []);
    });

    it("follow utilisation between their bounds, after the alias is there", () => {
      const { IrisScalableTarget: target, IrisScalingPolicy: policy } = resourcesOf({
        warmInstances: { min: 1, max: 5, targetUtilization: 0.6 },
      });
      assert.equal(target?.DependsOn, "IrisLambdaAlias");
      assert.deepEqual([target?.Properties.MinCapacity, target?.Properties.MaxCapacity], [1, 5]);
      const configuration = policy?.Properties.TargetTrackingScalingPolicyConfiguration as { TargetValue: number };
      assert.equal(configuration.TargetValue, 0.6);
    });

    it("follow office hours down to none, without a policy where the windows leave no room", () => {
      const resources = resourcesOf({
        warmInstances: {
          schedule: [
            { name: "office-hours", at: "0 8 * * 1-5", timeZone: "Europe/Berlin", min: 2 },
            { name: "evening", at: "0 18 * * 1-5", timeZone: "Europe/Berlin", min: 0 },
          ],
        },
      });
      assert.equal(resources.IrisLambdaAlias?.Properties.ProvisionedConcurrencyConfig, undefined);
      assert.equal(resources.IrisScalingPolicy, undefined);
      assert.deepEqual(resources.IrisScalableTarget?.Properties.ScheduledActions, [
        {
          ScheduledActionName: "office-hours",
          Schedule: "cron(0 8 ? * 2-6 *)",
          Timezone: "Europe/Berlin",
          ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 2 },
        },
        {
          ScheduledActionName: "evening",
          Schedule: "cron(0 18 ? * 2-6 *)",
          Timezone: "Europe/Berlin",
          ScalableTargetAction: { MinCapacity: 0, MaxCapacity: 0 },
        },
      ]);
    });
  });

  describe("pings", () => {
    it("reach the alias, which lets its rule and nobody else call", () => {
      const resources = resourcesOf({ ping: {} });
      assert.deepEqual(resources.IrisPingRule?.Properties.ScheduleExpression, "rate(5 minutes)");
      const { Targets } = propertiesOf<{ Targets: { Arn: unknown }[] }>(resources, "IrisPingRule");
      assert.deepEqual(Targets[0]?.Arn, { Ref: "IrisLambdaAlias" });
      assert.deepEqual(resources.IrisPingRulePermission?.Properties, {
        FunctionName: { Ref: "IrisLambdaAlias" },
        Action: "lambda:InvokeFunction",
        Principal: "events.amazonaws.com",
        SourceArn: { "Fn::GetAtt": ["IrisPingRule", "Arn"] },
      });
    });

    for (const concurrency of [1, 2, 5, 6, 12, 50]) {
      it(`number ${concurrency} at the same time, at most five per rule, each with an index of its own`, () => {
        const resources = resourcesOf({ ping: { concurrency } });
        const rules = idsOf(resources, "AWS::Events::Rule").map((id) => resources[id]?.Properties);
        assert.equal(rules.length, Math.ceil(concurrency / 5));
        assert.equal(new Set(rules.map((rule) => rule?.ScheduleExpression)).size, 1);
        const targets = rules.map((rule) => rule?.Targets as { Id: string; Input: string }[]);
        assert.ok(targets.every((some) => some.length <= 5));
        const inputs = targets.flat().map(({ Input }) => JSON.parse(Input) as { index: number; concurrency: number });
        assert.deepEqual(
          inputs.map(({ index }) => index),
          Array.from({ length: concurrency }, (_, index) => index),
        );
        assert.ok(inputs.every((input) => input.concurrency === concurrency));
      });
    }

    it("are pings to the core, which holds each until its siblings have come, and one alone not at all", () => {
      const pingOf = (concurrency: number, id: string) => {
        const { Targets } = propertiesOf<{ Targets: { Input: string }[] }>(resourcesOf({ ping: { concurrency } }), id);
        return recognisePing(JSON.parse(Targets[0]?.Input ?? ""));
      };
      assert.deepEqual(pingOf(1, "IrisPingRule"), { kind: "opennext", concurrency: 1, index: 0, holdMs: 0 });
      assert.deepEqual(pingOf(2, "IrisPingRule"), { kind: "opennext", concurrency: 2, index: 0, holdMs: 1000 });
      assert.deepEqual(pingOf(6, "IrisPingRule2"), { kind: "opennext", concurrency: 6, index: 5, holdMs: 10_000 });
    });

    it("of several rules meet at minutes of the clock, as a rate counts from when its rule was made", () => {
      const every = (words: string) =>
        resourcesOf({ ping: { every: words, concurrency: 6 } }).IrisPingRule1?.Properties.ScheduleExpression;
      assert.equal(every("5 minutes"), "cron(0/5 * * * ? *)");
      assert.equal(every("2 hours"), "cron(0 0/2 * * ? *)");
    });
  });

  describe("a role", () => {
    const statementsOf = (settings: Settings) => {
      const policies = resourcesOf(settings).IrisLambdaRole?.Properties.Policies as [
        { PolicyDocument: { Statement: { Action: string[]; Resource: { "Fn::Sub": string }[] }[] } },
      ];
      return policies[0].PolicyDocument.Statement;
    };

    it("may write its own function's logs and nothing else, where the package carries the model", () => {
      const [logs, ...others] = statementsOf({});
      assert.deepEqual(others, []);
      assert.deepEqual(logs?.Action, ["logs:CreateLogStream", "logs:PutLogEvents"]);
      assert.match(logs?.Resource[0]?.["Fn::Sub"] ?? "", /:log-group:\/aws\/lambda\/flowers-dev-iris:\*$/);
    });

    for (const [uri, bucket, objects] of [
      ["s3://models/team/iris@prod", "models", "team/iris/*"],
      ["s3://models/team/iris", "models", "team/iris/*"],
      ["s3://models/iris@1.2.0?region=eu-west-1", "models", "iris/*"],
      ["s3://models/team/iris.onnx", "models", "team/iris.onnx"],
    ] as const) {
      const arn = (resource: string) => [{ "Fn::Sub": `arn:\${AWS::Partition}:s3:::${resource}` }];

      it(`may read ${objects} for ${uri}, and is told where it is not there`, () => {
        const [, ...read] = statementsOf({ model: uri });
        assert.deepEqual(read, [
          { Effect: "Allow", Action: ["s3:GetObject"], Resource: arn(`${bucket}/${objects}`) },
          {
            Effect: "Allow",
            Action: ["s3:ListBucket"],
            Resource: arn(bucket),
            Condition: { StringLike: { "s3:prefix": [objects] } },
          },
        ]);
      });

      it(`is given the same by Terraform: ${uri}`, () => {
        const plan = planOf({ model: uri });
        const values = renderTerraform([plan]).find(({ path }) => path === "terraform/aws/dev.tfvars")?.text ?? "";
        const words = values.replace(/\s+/g, " ");
        assert.ok(words.includes(`models = { model = { bucket = "${bucket}" objects = "${objects}" } }`), values);
      });
    }

    it("needs nothing of AWS for a model elsewhere", () => {
      assert.equal(statementsOf({ model: "https://example.com/iris.onnx" }).length, 1);
    });
  });

  describe("alarms", () => {
    it("look at what the endpoint answered, failures, times and throttles; at spill-over where instances are warm", () => {
      const ids = (settings: Settings) => idsOf(resourcesOf(settings, "prod"), "AWS::CloudWatch::Alarm");
      const usual = ["IrisServerErrorsAlarm", "IrisErrorsAlarm", "IrisLatencyAlarm", "IrisThrottlesAlarm"];
      assert.deepEqual(ids({}), usual);
      assert.deepEqual(ids({ warmInstances: 1 }), [...usual, "IrisSpilloverAlarm"]);
      assert.deepEqual(ids({ alarms: false }), []);
      assert.deepEqual(ids({ endpoint: false }), usual.slice(1));
    });

    it("tell whom they are to tell, and sound over what they were told", () => {
      const topic = "arn:aws:sns:eu-central-1:123456789012:oncall";
      const alarms = { errorPercent: 3, p99Ms: 250, notify: [topic] };
      const { IrisLatencyAlarm: latency, IrisErrorsAlarm: errors } = resourcesOf({ alarms });
      assert.equal(latency?.Properties.Threshold, 250);
      assert.equal(latency?.Properties.ExtendedStatistic, "p99");
      assert.equal(errors?.Properties.Threshold, 3);
      assert.deepEqual(latency?.Properties.AlarmActions, [topic]);
    });

    for (const [kind, metric, dimension] of [
      ["http", "5xx", "ApiId"],
      ["rest", "5XXError", "ApiName"],
      ["function-url", "Url5xxCount", "FunctionName"],
    ] as const) {
      it(`count ${metric} of the endpoint kind ${kind}`, () => {
        const resources = resourcesOf({ endpoint: { kind } }, "prod");
        const { Metrics } = propertiesOf<MetricMath>(resources, "IrisServerErrorsAlarm");
        assert.equal(Metrics[0]?.MetricStat?.Metric.MetricName, metric);
        assert.equal(Metrics[0]?.MetricStat?.Metric.Dimensions[0]?.Name, dimension);
      });
    }
  });

  describe("a rollout", () => {
    it("moves the alias by weights and back when any of its function's alarms sounds", () => {
      const resources = resourcesOf({ rollout: { kind: "canary", percent: 20, minutes: 10 } }, "prod");
      assert.deepEqual(resources.IrisLambdaAlias?.UpdatePolicy, {
        CodeDeployLambdaAliasUpdate: {
          ApplicationName: { Ref: "TricastCodeDeployApplication" },
          DeploymentGroupName: { Ref: "IrisDeploymentGroup" },
        },
      });
      const group = resources.IrisDeploymentGroup?.Properties as Record<string, unknown>;
      const { Alarms } = group.AlarmConfiguration as { Alarms: { Name: { Ref: string } }[] };
      assert.deepEqual(
        Alarms.map(({ Name }) => Name.Ref),
        idsOf(resources, "AWS::CloudWatch::Alarm"),
      );
      assert.deepEqual(resources.TricastCanary20Percent10Minutes?.Properties.TrafficRoutingConfig, {
        Type: "TimeBasedCanary",
        TimeBasedCanary: { CanaryPercentage: 20, CanaryInterval: 10 },
      });
    });

    it("has nothing of CodeDeploy where versions take over at once", () => {
      const types = Object.values(resourcesOf({}, "prod")).map(({ Type }) => Type);
      assert.ok(types.every((type) => !type.startsWith("AWS::CodeDeploy")));
    });
  });

  it("draws a dashboard in production with a row per function", () => {
    const plan = resolvePlan(configOf({ iris: {}, digits: {} }), "prod");
    const { DashboardBody } = propertiesOf<{ DashboardBody: string }>(awsResources(plan, OPTIONS), "TricastDashboard");
    const { widgets } = JSON.parse(DashboardBody) as { widgets: { y: number }[] };
    assert.deepEqual([...new Set(widgets.map(({ y }) => y))], [0, 6]);
    assert.equal(resourcesOf({}).TricastDashboard, undefined);
  });
});
