import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DEPLOYMENT_CASES } from "../../../../test/golden/terraform/cases.ts";
import { type ResolvedPlan, resolvePlan } from "../../src/index.ts";
import { awsResources } from "../../src/render/cloudformation/lambda/aws-resources.ts";
import { endpointEvents } from "../../src/render/cloudformation/serverless/endpoint-events.ts";
import { terraformModules } from "../../src/render/terraform/render-terraform.ts";
import type { TerraformModule } from "../../src/render/terraform/terraform-module.ts";
import { GOOD_CONFIGS } from "../rules/good-configs.ts";
import { configs } from "../support/any-config.ts";
import { type Deployment, describe as describeDifferences, differencesOf, only } from "./deployment.ts";
import { evaluateModule } from "./evaluate-module.ts";
import { fromCloudFormation, type TemplateResource } from "./from-cloudformation.ts";
import { fromTerraform } from "./from-terraform.ts";

/** What the plan gives to Serverless's template; scripts/conformance/two-renderers.long.test.ts compares the rest, too. */
const KINDS = ["alias", "scaling", "alarm", "rollout", "role", "ping", "dashboard"];
type Resources = Readonly<Record<string, TemplateResource>>;

function fragmentOf(plan: ResolvedPlan): Resources {
  return awsResources(plan, { version: (name) => `${name}Version` });
}

function moduleOf(plans: readonly ResolvedPlan[], { stage }: ResolvedPlan): TerraformModule {
  const module = terraformModules(plans).find((one) => one.target === "aws" && one.stage === stage);
  assert.ok(module !== undefined);
  return module;
}

function differences(resources: Resources, module: TerraformModule, plan: ResolvedPlan): readonly string[] {
  const terraform = fromTerraform(evaluateModule(module));
  const left = only(fromCloudFormation(resources, plan), KINDS);
  const routes = differencesOf(eventsOf(plan), routesOf(terraform));
  return describeDifferences([...differencesOf(left, only(terraform, KINDS)), ...routes]);
}

/** The events of functions, as serverless.yml names them. */
function eventsOf(plan: ResolvedPlan): Deployment {
  const events = (plan.aws?.functions ?? []).flatMap(({ endpoint }) => (endpoint ? endpointEvents(endpoint) : []));
  const names = events.map((event) => ("http" in event ? `rest ${event.http}` : `http ${event.httpApi}`));
  return new Map(names.map((name) => [`route ${name}`, true]));
}

function routesOf(deployment: Deployment): Deployment {
  return new Map([...only(deployment, ["route"]).keys()].map((key) => [key, true]));
}

function assertSame(plans: readonly ResolvedPlan[]): void {
  for (const plan of plans) {
    if (plan.aws === undefined) continue;
    assert.deepEqual(differences(fragmentOf(plan), moduleOf(plans, plan), plan), [], `stage ${plan.stage}`);
  }
}

describe("CloudFormation and Terraform deploy the same", () => {
  for (const { name, plans } of DEPLOYMENT_CASES) it(`for ${name}`, () => assertSame(plans));

  for (const { what, config, stage } of GOOD_CONFIGS) it(`for ${what}`, () => assertSame([resolvePlan(config, stage)]));

  it("for any plan, in each of its stages", () => {
    fc.assert(
      fc.property(configs, (config) => assertSame(["dev", "prod"].map((stage) => resolvePlan(config, stage)))),
      { numRuns: 40 },
    );
  });
});

describe("a resource that one renderer leaves out is found", () => {
  const [dev, , prod] = DEPLOYMENT_CASES[0]?.plans ?? [];
  assert.ok(dev !== undefined && prod !== undefined);
  const plans = [dev, prod];

  for (const plan of plans) {
    const resources = fragmentOf(plan);
    const module = moduleOf(plans, plan);
    const isRead = ({ Type }: TemplateResource) => Type !== "AWS::Lambda::Permission";

    for (const [id, resource] of Object.entries(resources).filter(([, one]) => isRead(one))) {
      it(`in CloudFormation, ${plan.stage}: ${id}`, () => {
        const { [id]: _, ...others } = resources;
        assert.notDeepEqual(
          failuresOf(() => differences(others, module, plan)),
          [],
          resource.Type,
        );
      });
    }
  }

  for (const name of ["errors", "server_errors", "latency", "throttles", "spillover"]) {
    it(`in Terraform: the alarm ${name}`, () => {
      const module = moduleOf(plans, prod);
      const main = module.main.filter((part) => part.kind !== "block" || part.labels[1] !== name);
      assert.equal(main.length, module.main.length - 1);
      assert.notDeepEqual(
        failuresOf(() => differences(fragmentOf(prod), { ...module, main }, prod)),
        [],
      );
    });
  }

  it("and an alarm that no longer turns a rollout back", () => {
    const resources = fragmentOf(prod);
    const group = resources.IrisDeploymentGroup as TemplateResource;
    const [, ...Alarms] = group.Properties.AlarmConfiguration.Alarms;
    const Properties = { ...group.Properties, AlarmConfiguration: { Enabled: true, Alarms } };
    const changed = { ...resources, IrisDeploymentGroup: { ...group, Properties } };
    const [found, ...others] = differences(changed, moduleOf(plans, prod), prod);
    assert.match(found ?? "", /^rollout tricast-examples-prod-iris\.alarms/);
    assert.ok(others.every((one) => one.startsWith("rollout tricast-examples-prod-iris.alarms")));
  });
});

/** What is different, or why it cannot be compared: a reference to what is not there. */
function failuresOf(compare: () => readonly string[]): readonly string[] {
  try {
    return compare();
  } catch (error) {
    return [String(error)];
  }
}
