/** What `tricast.config.ts` exports: what runs where, and how much of it is kept warm. */
export interface Config {
  /** Names every resource: `<service>-<stage>-<predictor>`. Lower-case letters, digits and dashes, at most 32. On Azure the name is a host's, and unique in the world. */
  readonly service: string;
  /** By name: the folder `handlers/<name>`, unless `entry` says another. */
  readonly predictors: Readonly<Record<string, PredictorConfig>>;
  /** Where they run. Each target has its own settings, and its own for single predictors. */
  readonly targets: TargetsConfig;
  /** For every predictor on every target. What is nearer wins: defaults, here, target, predictor, predictor on target. */
  readonly settings?: Settings;
  /**
   * What differs between stages: a part of this document that is laid over it, objects key by key and anything else as
   * a whole. Default: `dev` and `prod` without differences. The first one is the default of the commands.
   */
  readonly stages?: Readonly<Record<string, StageConfig>>;
}

/** What is laid over the document in one stage. Nothing in it is required. */
export interface StageConfig {
  readonly settings?: Settings;
  /** A target that is only here exists in this stage only. */
  readonly targets?: { readonly [T in keyof TargetsConfig]?: DeepPartial<NonNullable<TargetsConfig[T]>> };
  /** Of predictors that the document has. */
  readonly predictors?: Readonly<Record<string, DeepPartial<PredictorConfig>>>;
}

export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

export interface PredictorConfig extends Settings {
  /** Folder with `predict.ts` and one handler file per platform, relative to the config. Default `handlers/<name>`. */
  readonly entry?: string;
  /** Settings of this predictor on one target. */
  readonly on?: TargetSettings;
  /** Targets this predictor runs on. Default: all. */
  readonly targets?: readonly (keyof TargetsConfig)[];
}

/** What can be said of one predictor on one target. */
export interface Settings {
  /** Memory of one instance, in MB. Default 1024 (AWS), 2048 (Azure), 1024 (Google). */
  readonly memoryMb?: number;
  /** vCPUs of one instance where they are not bound to the memory (Google, containers). Default 1. */
  readonly cpu?: number;
  /** Default `x64`. */
  readonly architecture?: "x64" | "arm64";
  /** Longest one request may take, in seconds. Default 29. */
  readonly timeoutSeconds?: number;
  /** Size of the scratch folder (`/tmp`), in MB. Default 512. */
  readonly scratchMb?: number;
  /** How many requests one instance serves at once. Default 1 on AWS, 8 on Azure and Google; in a container what the server chooses. */
  readonly concurrency?: number;
  /** Most instances at once: reserved concurrency (AWS), maximum instance count (Azure, Google), replicas. Default: the platform's; of containers 10. */
  readonly maxInstances?: number;
  /**
   * Instances kept warm: provisioned concurrency (AWS), always-ready instances (Azure), minimum instances (Google).
   * A number is `{ min: <number> }`. Default 0. Of containers the least number of replicas, which is 1 or more.
   */
  readonly warmInstances?: number | WarmInstances;
  /** Scheduled pings that keep instances from being taken away; not needed where `warmInstances` are paid for. Default: none. */
  readonly ping?: Ping | false;
  /** How clients reach it. `false`: not at all, other than by the platform's own invocation. Default `{ kind: "http" }`. */
  readonly endpoint?: Endpoint | false;
  /** Where the model comes from instead of what the code says: a store's address, or several by the name in `models`. */
  readonly model?: string | Readonly<Record<string, string>>;
  /** How the code travels. `layers`: AWS only. Default `layers` on AWS, else `zip`. */
  readonly packaging?: "layers" | "zip" | "image";
  /** Image to run in a container, or where `packaging` is `image`: `registry/repository:tag`, or `registry/repository@sha256:<digest>`. No default. */
  readonly image?: string;
  /** Environment variables. Merged over the levels; `null` takes one away. */
  readonly environment?: Readonly<Record<string, string | null>>;
  /** Environment variables whose values a secret store holds. */
  readonly secrets?: Readonly<Record<string, SecretReference>>;
  /** Tags (AWS, Azure) and labels (Google). Merged over the levels. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Days that logs are kept. Default 14. */
  readonly logRetentionDays?: number;
  /** Default: none outside `prod`; in `prod` what {@link Alarms} says. */
  readonly alarms?: Alarms | false;
  /** How a new version takes over (AWS, Google services). Default `{ kind: "all-at-once" }`. */
  readonly rollout?: Rollout;
}

export interface WarmInstances {
  /** Kept warm always, or while no window of the schedule says otherwise. Default 0. */
  readonly min?: number;
  /** Where utilisation asks for more, up to this many. Default: `min`, which means a fixed number. */
  readonly max?: number;
  /** Utilisation to hold, 0.1 to 0.9, where `max` is over `min`. Default 0.7. */
  readonly targetUtilization?: number;
  /** Times with other bounds, such as office hours. */
  readonly schedule?: readonly WarmWindow[];
}

/** From `at` on until the next window's `at`. */
export interface WarmWindow {
  /** Words for names of resources: `office-hours`. */
  readonly name: string;
  /** Five-field cron: minute, hour, day of month, month, day of week (0 or 7 is Sunday). */
  readonly at: string;
  /** IANA zone. Default `Etc/UTC`. */
  readonly timeZone?: string;
  readonly min: number;
  /** Default: `min`. */
  readonly max?: number;
}

export interface Ping {
  /** `5 minutes`, `1 hour`. Default `5 minutes`. */
  readonly every?: string;
  /** Instances to reach at once. Default 1. */
  readonly concurrency?: number;
}

export interface Endpoint {
  /**
   * `http`: API Gateway HTTP API (AWS), the function's own URL (Azure, Google). `rest`: API Gateway REST API;
   * `function-url`: Lambda function URL; both AWS only. Default `http`.
   */
  readonly kind?: "http" | "rest" | "function-url";
  /** Path the predictor is mounted at, where several share one gateway. Default `/<predictor>` on AWS gateways, else `/`. */
  readonly path?: string;
  /**
   * `none`: everybody. `iam`: signed requests (AWS SigV4), identity tokens (Google). `api-key`: usage plan key (AWS REST
   * API), function key (Azure). `jwt`: tokens of an issuer (AWS HTTP API; Azure, of one tenant of Microsoft Entra). What a
   * target cannot enforce is refused. Default `none` outside `prod`; `prod` asks for a choice.
   */
  readonly auth?: "none" | "iam" | "api-key" | Jwt;
  /** Default: no cross-origin access. */
  readonly cors?: Cors;
  /** Largest request body that clients send, in MB: to be held to what stands before the predictor. Default: not held. */
  readonly maxBodyMb?: number;
  /** Whether a load balancer of yours forwards to it (AWS). Default false. */
  readonly loadBalancer?: boolean;
}

export interface Jwt {
  readonly issuer: string;
  readonly audience: readonly string[];
}

export interface Cors {
  readonly origins: readonly string[];
  readonly headers?: readonly string[];
  readonly credentials?: boolean;
  readonly maxAgeSeconds?: number;
}

/** Exactly one store. */
export type SecretReference =
  /** Parameter name in AWS Systems Manager: `/iris/token`. */
  | { readonly ssm: string }
  /** Name or ARN in AWS Secrets Manager. */
  | { readonly secretsManager: string }
  /** Secret URI in Azure Key Vault: `https://<vault>.vault.azure.net/secrets/<name>`. */
  | { readonly keyVault: string }
  /** Name in Google Secret Manager, with `/versions/<n>` or the latest. */
  | { readonly secretManager: string }
  /** Key of a Kubernetes Secret in the same namespace: `<secret>/<key>`. */
  | { readonly kubernetes: string };

export interface Alarms {
  /** Share of requests that fail, in percent, over 5 minutes. Default 1. */
  readonly errorPercent?: number;
  /** 99th percentile of the time for one request, in milliseconds. Default: 80 % of the timeout. */
  readonly p99Ms?: number;
  /** Who is told: SNS topic ARN (AWS), action group id (Azure), notification channel (Google). */
  readonly notify?: readonly string[];
}

export interface Rollout {
  readonly kind: "all-at-once" | "canary" | "linear";
  /** Share of traffic per step, in percent. Default 10. */
  readonly percent?: number;
  /** Minutes per step. Default 5. */
  readonly minutes?: number;
}

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

/** Types the default export of `tricast.config.ts`. */
export function defineConfig(config: Config): Config {
  return config;
}
