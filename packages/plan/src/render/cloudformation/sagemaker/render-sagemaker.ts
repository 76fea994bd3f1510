import { managedContainer } from "../../../facts/container.ts";
import { scales } from "../../../facts/scaling.ts";
import { START_SECONDS } from "../../../facts/server.ts";
import { vcpusOf } from "../../../facts/vcpus.ts";
import type { OutputFile } from "../../../output-file.ts";
import type { ResolvedInstance, ResolvedPlan } from "../../../resolved-plan.ts";
import { INSTANCE_COOLDOWN, scalableTarget, tracking } from "../auto-scaling.ts";
import {
  allow,
  arn,
  type CloudFormationResource,
  getAtt,
  inlinePolicy,
  join,
  merge,
  ownArn,
  type Resources,
  resource,
  type Statement,
  serviceRole,
} from "../cloudformation.ts";
import { idPart } from "../function-ids.ts";
import { modelStatements } from "../lambda/role.ts";
import { tagList, templateFile } from "../template.ts";

export function sageMakerFiles({ service, stage, sagemaker }: ResolvedPlan): OutputFile[] {
  if (sagemaker === undefined) return [];
  const file = templateFile({
    path: `sagemaker/${stage}.yaml`,
    description: `Predictors of ${service}, stage ${stage}, on SageMaker`,
    comments: [
      `aws cloudformation deploy --template-file ${stage}.yaml --stack-name ${service}-${stage}-endpoints \\`,
      "  --capabilities CAPABILITY_IAM",
    ],
    resources: merge(sagemaker.containers.map(resources)),
    outputs: sagemaker.containers.map(({ predictor }) => output(idPart(predictor))),
  });
  return [file];
}

const VARIANT = "main";

function resources(one: ResolvedInstance): Resources {
  const id = idPart(one.predictor);
  const { image, environment } = managedContainer(one);
  return {
    [`${id}Role`]: role(one, image),
    ...endpoint(id, one, { Image: image, Environment: environment }),
    ...scaling(id, one),
  };
}

function role(one: ResolvedInstance, image: string): CloudFormationResource {
  const statements = [...pullStatements(image), logStatement(one), ...modelStatements(one)];
  return serviceRole("sagemaker.amazonaws.com", inlinePolicy("endpoint", statements));
}

function pullStatements(image: string): readonly Statement[] {
  const [, account, region, repository] = /^(\d{12})\.dkr\.ecr\.([\w-]+)\.[^/]+\/([^:@]+)/.exec(image) ?? [];
  const layers = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"];
  return [
    allow(["ecr:GetAuthorizationToken"], "*"),
    ...(repository === undefined ? [] : [allow(layers, arn(`ecr:${region}:${account}:repository/${repository}`))]),
  ];
}

function logStatement({ name }: ResolvedInstance): Statement {
  const actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];
  return allow(actions, ownArn("logs", `log-group:/aws/sagemaker/Endpoints/${name}:*`));
}

/** A model and a configuration cannot change. Without a name, CloudFormation replaces them with new ones. */
function endpoint(id: string, one: ResolvedInstance, container: object): Resources {
  const variant = {
    VariantName: VARIANT,
    ModelName: getAtt(`${id}Model`, "ModelName"),
    InstanceType: one.instanceType,
    InitialInstanceCount: one.instances.min,
    InitialVariantWeight: 1,
    ContainerStartupHealthCheckTimeoutInSeconds: START_SECONDS,
  };
  const tags = { Tags: tagList(one.tags) };
  return {
    [`${id}Model`]: resource("SageMaker::Model", {
      ExecutionRoleArn: getAtt(`${id}Role`, "Arn"),
      PrimaryContainer: container,
      ...tags,
    }),
    [`${id}Configuration`]: resource("SageMaker::EndpointConfig", { ProductionVariants: [variant], ...tags }),
    [`${id}Endpoint`]: resource("SageMaker::Endpoint", {
      EndpointName: one.name,
      EndpointConfigName: getAtt(`${id}Configuration`, "EndpointConfigName"),
      // Keeps the number of instances that scaling has set, instead of the initial number.
      RetainAllVariantProperties: true,
      ...tags,
    }),
  };
}

function scaling(id: string, one: ResolvedInstance): Resources {
  if (!scales(one.instances)) return {};
  const target = `${id}ScalableTarget`;
  const endpointName = getAtt(`${id}Endpoint`, "EndpointName");
  const variant = join("endpoint/", endpointName, `/variant/${VARIANT}`);
  return {
    [target]: scalableTarget(
      { namespace: "sagemaker", dimension: "variant:DesiredInstanceCount", id: variant },
      one.instances,
    ),
    [`${id}CpuPolicy`]: tracking(target, "cpu", {
      // The metric is the sum over all vCPUs (docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html).
      TargetValue: Math.round(one.instances.targetUtilization * 100 * vcpusOf(one)),
      CustomizedMetricSpecification: {
        Namespace: "/aws/sagemaker/Endpoints",
        MetricName: "CPUUtilization",
        Dimensions: [
          { Name: "EndpointName", Value: endpointName },
          { Name: "VariantName", Value: VARIANT },
        ],
        Statistic: "Average",
        Unit: "Percent",
      },
      ...INSTANCE_COOLDOWN,
    }),
  };
}

function output(id: string) {
  return {
    [`${id}EndpointName`]: { Value: getAtt(`${id}Endpoint`, "EndpointName"), Description: "For InvokeEndpoint" },
  };
}
