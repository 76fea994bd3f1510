import type { Settings } from "./settings.ts";

export interface TargetsConfig {
  readonly aws?: AwsTarget;
  readonly azure?: AzureTarget;
  readonly gcp?: GcpTarget;
  /** Any cluster. `tricast render kubernetes` writes its manifests. */
  readonly kubernetes?: KubernetesTarget;
  /** Amazon ECS on Fargate. `tricast render ecs` writes a CloudFormation template. */
  readonly ecs?: EcsTarget;
  /** SageMaker real-time endpoints. `tricast render sagemaker` writes a CloudFormation template. */
  readonly sagemaker?: SageMakerTarget;
  /** Vertex AI endpoints. `tricast render vertex` writes a script. */
  readonly vertex?: VertexTarget;
  /** Azure ML managed online endpoints. `tricast render azure-ml` writes files for `az ml`, and a script. */
  readonly azureMl?: AzureMlTarget;
  /** A site in front of existing servers. `tricast render nginx` writes it. */
  readonly nginx?: NginxTarget;
}

/** Clouds that run functions. `tricast deploy` deploys to them. */
export type TargetName = "aws" | "azure" | "gcp";

/** Platforms that run an image with the server. */
export type ContainerTargetName = "kubernetes" | "ecs" | "sagemaker" | "vertex" | "azureMl";

/** By target: the settings of one predictor there. */
export interface TargetSettings {
  readonly aws?: Settings;
  readonly azure?: Settings;
  readonly gcp?: Settings;
  readonly kubernetes?: KubernetesSettings;
  readonly ecs?: EcsSettings;
  readonly sagemaker?: InstanceSettings;
  readonly vertex?: InstanceSettings;
  readonly azureMl?: InstanceSettings;
  readonly nginx?: SiteSettings;
}

export interface AwsTarget extends Settings {
  readonly region: string;
  /** Alias that events and callers use. Default `live`. */
  readonly alias?: string;
  /** CloudWatch dashboard. Default: in `prod`. */
  readonly dashboard?: boolean;
  /** Lambda does not support it for Node: a rule refuses it and names the alternative. Default false. */
  readonly snapStart?: boolean;
}

export interface AzureTarget extends Settings {
  /** `westeurope`. */
  readonly location: string;
  /** Default `<service>-<stage>`. */
  readonly resourceGroup?: string;
  /** Renderers support `flex-consumption`. A rule explains why `consumption` is refused. Default `flex-consumption`. */
  readonly plan?: "flex-consumption" | "consumption";
}

export interface GcpTarget extends Settings {
  readonly project: string;
  /** `europe-west3`. */
  readonly region: string;
  /** `function`: Cloud Run function from the source zip. `service`: Cloud Run service from an image. Default `function`. */
  readonly runAs?: "function" | "service";
}

/** Settings of every platform that runs images. */
export type ContainerSettings = Pick<
  Settings,
  | "timeoutSeconds"
  | "concurrency"
  | "maxInstances"
  | "warmInstances"
  | "endpoint"
  | "model"
  | "image"
  | "environment"
  | "secrets"
  | "tags"
>;

/** Size of an instance on platforms without fixed machines. */
export type SizeSettings = Pick<Settings, "memoryMb" | "cpu" | "architecture" | "scratchMb">;

export interface KubernetesSettings extends ContainerSettings, SizeSettings {
  /** Port for gRPC. Default: no gRPC. */
  readonly grpcPort?: number;
  /**
   * Another pod starts above this average number of waiting requests per pod. It is compared with the metric
   * `tricast_queue_length`, which needs an adapter for Prometheus. `false`: scale by CPU only. Default: an eighth of the
   * requests that a pod serves at once.
   */
  readonly queueLength?: number | false;
}

export interface KubernetesTarget extends KubernetesSettings {
  /** It must exist. Default: the current namespace of `kubectl`. */
  readonly namespace?: string;
  /** Annotations that give the pods a cloud identity: `eks.amazonaws.com/role-arn`, `iam.gke.io/gcp-service-account`. */
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
}

export interface EcsSettings extends ContainerSettings, SizeSettings {
  /** Requests per minute that one task can answer; measure it with a benchmark. Default: scale by CPU only. */
  readonly requestsPerMinute?: number;
  /** Retention of logs, in days. Default 14. */
  readonly logRetentionDays?: number;
}

export interface EcsTarget extends EcsSettings {
  /** Predictors answer at `<predictor>.<domain>`, by rules of an existing listener. */
  readonly domain: string;
}

/** Settings of platforms where each instance is a whole machine. */
export interface InstanceSettings extends ContainerSettings {
  /** `ml.c6i.xlarge` (SageMaker), `n2-standard-4` (Vertex AI), `Standard_F4s_v2` (Azure ML). */
  readonly instanceType?: string;
}

export interface SageMakerTarget extends InstanceSettings {
  readonly instanceType: string;
}

export interface VertexTarget extends InstanceSettings {
  readonly instanceType: string;
  readonly project: string;
  /** `europe-west3`. */
  readonly region: string;
}

export interface AzureMlTarget extends InstanceSettings {
  readonly instanceType: string;
  readonly resourceGroup: string;
  readonly workspace: string;
}

/** Settings of one predictor's site. */
export interface SiteSettings {
  /** Addresses of the predictor's servers: `10.0.0.7:8080`. Default `127.0.0.1:8080`. */
  readonly servers?: readonly string[];
  /** Addresses for gRPC. Default: no gRPC. */
  readonly grpcServers?: readonly string[];
  /** Longest duration of one request, in seconds. Default 29. */
  readonly timeoutSeconds?: number;
  /** Largest request body, in MB. Set it to the server's `TRICAST_MAX_BODY_BYTES`. Default 32, as for predictors. */
  readonly maxBodyMb?: number;
}

export interface NginxTarget extends SiteSettings {
  /** Predictors answer at `<predictor>.<domain>`. */
  readonly domain: string;
  /** Folder with `fullchain.pem` and `privkey.pem` for those host names. Default `/etc/letsencrypt/live/<domain>`. */
  readonly certificates?: string;
}
