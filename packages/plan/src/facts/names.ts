import { createHash } from "node:crypto";
import type { ContainerTargetName, TargetName } from "../config.ts";
import type { ResolvedGcp, ResolvedPlan } from "../resolved-plan.ts";

/** The longest name of a predictor's function or container, with the vendor's document. */
const NAME_LIMITS = {
  /** docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html, FunctionName. */
  aws: 64,
  /** learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules, Microsoft.Web/sites. */
  azure: 60,
  /** cloud.google.com/functions/docs/reference/rest/v2/projects.locations.functions, functionId. */
  gcp: 63,
  /** cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/create, serviceId: fewer than 50. */
  run: 49,
  /** kubernetes.io/docs/concepts/overview/working-with-objects/names, RFC 1035 labels: of Services, and of label values. */
  kubernetes: 63,
  /** docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html. The name of the log group contains it. */
  ecs: 255,
  /** docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html, EndpointName. */
  sagemaker: 63,
  /** cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.models/upload, modelId. */
  vertex: 63,
  /** learn.microsoft.com/azure/machine-learning/how-to-manage-quotas, names of endpoints, unique in their region. */
  azureMl: 32,
} as const satisfies Readonly<Record<TargetName | ContainerTargetName | "run", number>>;

/** `<service>-<stage>-<predictor>`, within the limit of the platform. */
export function predictorName(
  platform: keyof typeof NAME_LIMITS,
  service: string,
  stage: string,
  predictor: string,
): string {
  return cutName(`${service}-${stage}-${predictor}`, NAME_LIMITS[platform]);
}

const HASH_LENGTH = 6;

/** Shortens a long name and adds a hash of the whole name, so that two long names stay different. */
export function cutName(name: string, most: number): string {
  if (name.length <= most) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, HASH_LENGTH);
  return `${name.slice(0, most - HASH_LENGTH - 1).replace(/-+$/, "")}-${hash}`;
}

/** The variable with the address of a model. A single model has the name `model`. */
export function modelVariable(predictor: string, model: string): string {
  const name = model === "model" ? predictor : `${predictor}_${model}`;
  return `TRICAST_MODEL_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

type Stage = Pick<ResolvedPlan, "service" | "stage">;

/** cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/create, accountId: 6 to 30 characters. */
const ACCOUNT_LIMIT = 30;

/** Name of the service account that a predictor runs as. */
export function accountName({ name }: { readonly name: string }): string {
  return cutName(name, ACCOUNT_LIMIT);
}

/** Name of the service account that pings. */
export function pingAccountName({ service, stage }: Stage): string {
  return cutName(`${service}-${stage}-ping`, ACCOUNT_LIMIT);
}

/** cloud.google.com/storage/docs/buckets, naming: 63 characters. */
const BUCKET_LIMIT = 63;

/** Name of the bucket that code is uploaded to. */
export function bucketName({ service, stage }: Stage, { project }: Pick<ResolvedGcp, "project">): string {
  return cutName(`${project}-${service}-${stage}`, BUCKET_LIMIT);
}

/** learn.microsoft.com/azure/storage/common/storage-account-overview, "Storage account name": 24 letters and digits. */
const STORAGE_NAME_LIMIT = 24;

/** It must be unique in all of Azure. If the name is taken, change it in the rendered values. */
export function storageAccountName({ service, stage }: Stage): string {
  return cutName(`${service}-${stage}`.replaceAll("-", ""), STORAGE_NAME_LIMIT).replaceAll("-", "");
}

/** docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html, Name: 64. Two characters are reserved for the number of the rule. */
const RULE_NAME_LIMIT = 62;

/** The first part of the names of a function's ping rules. */
export function pingRuleName({ name }: { readonly name: string }): string {
  return cutName(`${name}-ping`, RULE_NAME_LIMIT);
}

/** Description of a function. The arguments are names, or expressions for them. */
export function functionDescription(predictor: string, service: string, stage: string): string {
  return `Predictor ${predictor} of ${service}, stage ${stage}`;
}

/** Description of a ping rule. The arguments are values, or expressions for them. */
export function pingDescription(concurrency: string, functionName: string): string {
  return `Keeps ${concurrency} of ${functionName} warm`;
}
