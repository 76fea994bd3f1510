import { needImage } from "../../../facts/need-image.ts";
import { scales } from "../../../facts/scaling.ts";
import { refuseSecrets } from "../../../facts/secrets.ts";
import { START_SECONDS } from "../../../facts/server.ts";
import { containerEnvironment } from "../../../facts/server-environment.ts";
import { vcpusOf } from "../../../facts/vcpus.ts";
import type { OutputFile } from "../../../output-file.ts";
import type { ResolvedInstance, ResolvedPlan } from "../../../resolved-plan.ts";
import { INSTANCE_COOLDOWN, scalableTarget, tracking } from "../auto-scaling.ts";
import { getAtt, join, type Resources, serviceRole, sub } from "../cloudformation.ts";
import { idPart } from "../function-ids.ts";
import { modelStatements } from "../lambda/role.ts";
import { inlinePolicy, tagList, writeTemplate } from "../template.ts";

export function sageMakerFiles(plan: ResolvedPlan): OutputFile[] {
  const { service, stage, sagemaker } = plan;
  if (sagemaker === undefined) return [];
  const text = writeTemplate({
    description: `Predictors of ${service}, stage ${stage}, on SageMaker`,
    comments: [
      `aws cloudformation deploy --template-file ${stage}.yaml --stack-name ${service}-${stage}-endpoints \\`,
      "  --capabilities CAPABILITY_IAM",
    ],
    parameters: {},
    resources: Object.assign({}, ...sagemaker.containers.map(resources)),
    outputs: Object.assign({}, ...sagemaker.containers.map(output)),
  });
  return [{ path: `sagemaker/${stage}.yaml`, text }];
}

const VARIANT = "main";

function resources(one: ResolvedInstance): Resources {
  refuseSecrets(one);
  const id = idPart(one.predictor);
  return { ...role(id, one), ...endpoint(id, one), ...scaling(id, one) };
}

function role(id: string, one: ResolvedInstance): Resources {
  const statements = [...pullStatements(needImage(one)), logStatement(one), ...modelStatements(one)];
  return { [`${id}Role`]: serviceRole("sagemaker.amazonaws.com", inlinePolicy("endpoint", statements)) };
}

function pullStatements(image: string): readonly object[] {
  const [, account, region, repository] = /^(\d{12})\.dkr\.ecr\.([\w-]+)\.[^/]+\/([^:@]+)/.exec(image) ?? [];
  const layers = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"];
  const resource = sub(`arn:\${AWS::Partition}:ecr:${region}:${account}:repository/${repository}`);
  return [
    { Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: ["*"] },
    ...(repository === undefined ? [] : [{ Effect: "Allow", Action: layers, Resource: [resource] }]),
  ];
}

function logStatement({ name }: ResolvedInstance): object {
  const group = `log-group:/aws/sagemaker/Endpoints/${name}`;
  return {
    Effect: "Allow",
    Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: [sub(`arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:${group}:*`)],
  };
}

/** A model and a configuration never change: without names of their own, new ones take their place. */
function endpoint(id: string, one: ResolvedInstance): Resources {
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
    [`${id}Model`]: {
      Type: "AWS::SageMaker::Model",
      Properties: {
        ExecutionRoleArn: getAtt(`${id}Role`, "Arn"),
        PrimaryContainer: { Image: needImage(one), Environment: containerEnvironment(one) },
        ...tags,
      },
    },
    [`${id}Configuration`]: {
      Type: "AWS::SageMaker::EndpointConfig",
      Properties: { ProductionVariants: [variant], ...tags },
    },
    [`${id}Endpoint`]: {
      Type: "AWS::SageMaker::Endpoint",
      Properties: {
        EndpointName: one.name,
        EndpointConfigName: getAtt(`${id}Configuration`, "EndpointConfigName"),
        // As many instances as scaling has made of them, and not as many as in the beginning.
        RetainAllVariantProperties: true,
        ...tags,
      },
    },
  };
}

function scaling(id: string, one: ResolvedInstance): Resources {
  if (!scales(one.instances)) return {};
  const target = `${id}ScalableTarget`;
  return {
    [target]: scalableTarget(
      {
        namespace: "sagemaker",
        dimension: "variant:DesiredInstanceCount",
        id: join("endpoint/", getAtt(`${id}Endpoint`, "EndpointName"), `/variant/${VARIANT}`),
      },
      one.instances,
    ),
    [`${id}CpuPolicy`]: tracking(target, "cpu", {
      // The metric is the sum over all vCPUs (docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html).
      TargetValue: Math.round(one.instances.targetUtilization * 100 * vcpusOf(one)),
      CustomizedMetricSpecification: {
        Namespace: "/aws/sagemaker/Endpoints",
        MetricName: "CPUUtilization",
        Dimensions: [
          { Name: "EndpointName", Value: getAtt(`${id}Endpoint`, "EndpointName") },
          { Name: "VariantName", Value: VARIANT },
        ],
        Statistic: "Average",
        Unit: "Percent",
      },
      ...INSTANCE_COOLDOWN,
    }),
  };
}

function output(one: ResolvedInstance) {
  const id = idPart(one.predictor);
  return {
    [`${id}EndpointName`]: { Value: getAtt(`${id}Endpoint`, "EndpointName"), Description: "For InvokeEndpoint" },
  };
}
