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
  /** Azure ML managed online endpoints. `tricast render azure-ml` writes what `az ml` reads, and a script. */
  readonly azureMl?: AzureMlTarget;
  /** A site in front of servers that run already. `tricast render nginx` writes it. */
  readonly nginx?: NginxTarget;
}

/** Clouds that run functions, and that `tricast deploy` deploys to. */
export type TargetName = "aws" | "azure" | "gcp";

/** Platforms that run an image with the server in it. */
export type ContainerTargetName = "kubernetes" | "ecs" | "sagemaker" | "vertex" | "azureMl";

/** By target: what can be said of one predictor there. */
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
  /** Lambda has none for Node: a rule says so, and what to use. Default false. */
  readonly snapStart?: boolean;
}

export interface AzureTarget extends Settings {
  /** `westeurope`. */
  readonly location: string;
  /** Default `<service>-<stage>`. */
  readonly resourceGroup?: string;
  /** Renderers know `flex-consumption`; a rule says what is wrong with the other. Default `flex-consumption`. */
  readonly plan?: "flex-consumption" | "consumption";
}

export interface GcpTarget extends Settings {
  readonly project: string;
  /** `europe-west3`. */
  readonly region: string;
  /** `function`: Cloud Run function from the source zip. `service`: Cloud Run service from an image. Default `function`. */
  readonly runAs?: "function" | "service";
}

/** Settings that mean something wherever an image runs. */
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

/** Settings of an instance that has no more than it is given. */
export type SizeSettings = Pick<Settings, "memoryMb" | "cpu" | "architecture" | "scratchMb">;

export interface KubernetesSettings extends ContainerSettings, SizeSettings {
  /** Port that gRPC is served at. Default: no gRPC. */
  readonly grpcPort?: number;
  /**
   * Requests that wait in one pod, on average, before another pod is started: of the metric `tricast_queue_length`, which
   * an adapter for Prometheus has to serve. `false`: pods follow the CPU alone. Default: an eighth of what is served at once.
   */
  readonly queueLength?: number | false;
}

export interface KubernetesTarget extends KubernetesSettings {
  /** Has to exist. Default: the one that `kubectl` is told. */
  readonly namespace?: string;
  /** Give the pods an identity of a cloud: `eks.amazonaws.com/role-arn`, `iam.gke.io/gcp-service-account`. */
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
}

export interface EcsSettings extends ContainerSettings, SizeSettings {
  /** Requests in a minute that one task is to answer; a bench tells. Default: the number of tasks follows the CPU alone. */
  readonly requestsPerMinute?: number;
  /** Days that logs are kept. Default 14. */
  readonly logRetentionDays?: number;
}

export interface EcsTarget extends EcsSettings {
  /** Predictors answer at `<predictor>.<domain>`, by rules of a listener that is there. */
  readonly domain: string;
}

/** Settings where whole machines are rented. */
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
  /** Where the predictor's server listens: `10.0.0.7:8080`. Default `127.0.0.1:8080`. */
  readonly servers?: readonly string[];
  /** Where it serves gRPC. Default: nowhere. */
  readonly grpcServers?: readonly string[];
  /** Longest one request may take, in seconds. Default 29. */
  readonly timeoutSeconds?: number;
  /** Largest request body in MB: the server's `TRICAST_MAX_BODY_BYTES`. Default 32, which is a predictor's default. */
  readonly maxBodyMb?: number;
}

export interface NginxTarget extends SiteSettings {
  /** Predictors answer at `<predictor>.<domain>`. */
  readonly domain: string;
  /** Folder with `fullchain.pem` and `privkey.pem` for those names. Default `/etc/letsencrypt/live/<domain>`. */
  readonly certificates?: string;
}
