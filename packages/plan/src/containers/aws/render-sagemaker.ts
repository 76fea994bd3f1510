import type { OutputFile } from "../../output-file.ts";
import type { ResolvedInstance, ResolvedPlan } from "../../resolved-plan.ts";
import { refuseUnprotected } from "../../rules/refuse-unprotected.ts";
import { getAtt, join, type Resources, serviceRole, sub } from "../../serverless/cloudformation.ts";
import { idPart } from "../../serverless/function-ids.ts";
import { modelStatements } from "../../serverless/role.ts";
import { capacity, scales } from "../../serverless/scaling.ts";
import { needImage } from "../need-image.ts";
import { refuseSecrets } from "../secret-places.ts";
import { containerEnvironment } from "../server-variables.ts";
import { inlinePolicy, tagList, writeTemplate } from "./template.ts";
import { tracking } from "./tracking.ts";
import { vcpusOf } from "./vcpus.ts";

/**
 * One CloudFormation template `sagemaker/<stage>.yaml` for each stage, with a real-time endpoint for each predictor.
 * @throws {TricastError} `invalid-option` for a predictor without an image, or with a secret: SageMaker looks none up; or an
 * endpoint that would be more open than the plan says.
 */
export function renderSageMaker(plan: ResolvedPlan): OutputFile[] {
  refuseUnprotected([plan], "sagemaker");
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
/** How long a model may take to load; SageMaker's own default is less for some types. */
const START_SECONDS = 240;

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
    [target]: {
      Type: "AWS::ApplicationAutoScaling::ScalableTarget",
      Properties: {
        ServiceNamespace: "sagemaker",
        ScalableDimension: "sagemaker:variant:DesiredInstanceCount",
        ResourceId: join("endpoint/", getAtt(`${id}Endpoint`, "EndpointName"), `/variant/${VARIANT}`),
        ...capacity(one.instances),
      },
    },
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
    }),
  };
}

function output(one: ResolvedInstance) {
  const id = idPart(one.predictor);
  return {
    [`${id}EndpointName`]: { Value: getAtt(`${id}Endpoint`, "EndpointName"), Description: "For InvokeEndpoint" },
  };
}
