import type {
  Alarms,
  AwsTarget,
  AzureMlTarget,
  AzureTarget,
  ContainerTargetName,
  Cors,
  EcsTarget,
  Endpoint,
  GcpTarget,
  InstanceSettings,
  Rollout,
  SecretReference,
  Settings,
  SizeSettings,
  TargetName,
  VertexTarget,
  WarmInstances,
  WarmWindow,
} from "./config.ts";

/** A configuration for one stage with every default and every final name. Plain data, for renderers and rules. */
export interface ResolvedPlan {
  readonly service: string;
  readonly stage: string;
  readonly aws: ResolvedAws | undefined;
  readonly azure: ResolvedAzure | undefined;
  readonly gcp: ResolvedGcp | undefined;
  readonly kubernetes: ResolvedKubernetes | undefined;
  readonly ecs: ResolvedEcs | undefined;
  readonly sagemaker: ResolvedSageMaker | undefined;
  readonly vertex: ResolvedVertex | undefined;
  readonly azureMl: ResolvedAzureMl | undefined;
  readonly nginx: ResolvedNginx | undefined;
}

export interface ResolvedAws extends Required<Omit<AwsTarget, keyof Settings>> {
  readonly target: "aws";
  readonly functions: readonly ResolvedFunction[];
}

export interface ResolvedAzure extends Required<Omit<AzureTarget, keyof Settings>> {
  readonly target: "azure";
  readonly functions: readonly ResolvedFunction[];
}

export interface ResolvedGcp extends Required<Omit<GcpTarget, keyof Settings>> {
  readonly target: "gcp";
  readonly functions: readonly ResolvedFunction[];
}

export interface ResolvedKubernetes {
  readonly target: "kubernetes";
  readonly namespace: string | undefined;
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
  readonly containers: readonly ResolvedPod[];
}

export interface ResolvedEcs extends Pick<EcsTarget, "domain"> {
  readonly target: "ecs";
  readonly containers: readonly ResolvedTask[];
}

export interface ResolvedSageMaker {
  readonly target: "sagemaker";
  readonly containers: readonly ResolvedInstance[];
}

export interface ResolvedVertex extends Pick<VertexTarget, "project" | "region"> {
  readonly target: "vertex";
  readonly containers: readonly ResolvedInstance[];
}

export interface ResolvedAzureMl extends Pick<AzureMlTarget, "resourceGroup" | "workspace"> {
  readonly target: "azureMl";
  readonly containers: readonly ResolvedInstance[];
}

export interface ResolvedNginx {
  readonly target: "nginx";
  readonly sites: readonly ResolvedSite[];
}

export type ResolvedCloud = NonNullable<ResolvedPlan[TargetName]>;

export type ResolvedContainerTarget = NonNullable<ResolvedPlan[ContainerTargetName]>;

/** One predictor on one target, as a function or a container. */
interface ResolvedPredictor<Target> {
  readonly target: Target;
  readonly predictor: string;
  /** `<service>-<stage>-<predictor>`, shortened with a hash if the platform allows less. */
  readonly name: string;
  /** `undefined`: not set. A rule refuses that for containers and for `packaging: "image"`. */
  readonly image: string | undefined;
  readonly timeoutSeconds: number;
  readonly endpoint: ResolvedEndpoint | undefined;
  /** Addresses in stores by the name of the model; a single model has the name `model`. Empty if the package contains the model. */
  readonly models: Readonly<Record<string, string>>;
  /** With `TRICAST_MODEL_<NAME>` for each of `models`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, SecretReference>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** One predictor in an image with the server. */
export interface ResolvedContainer extends ResolvedPredictor<ContainerTargetName> {
  /** Requests served at once; `undefined`: the server chooses. */
  readonly concurrency: number | undefined;
  /** At least 1, because these platforms cannot start from zero instances. */
  readonly instances: ResolvedWarm;
}

export interface ResolvedPod extends ResolvedContainer, Required<SizeSettings> {
  readonly grpcPort: number | undefined;
  readonly queueLength: number | undefined;
}

export interface ResolvedTask extends ResolvedContainer, Required<SizeSettings> {
  readonly requestsPerMinute: number | undefined;
  readonly logRetentionDays: number;
}

export interface ResolvedInstance extends ResolvedContainer, Required<Pick<InstanceSettings, "instanceType">> {}

/** The site in front of one predictor's servers. */
export interface ResolvedSite {
  readonly predictor: string;
  /** `<predictor>.<domain>`. */
  readonly host: string;
  readonly servers: readonly string[];
  readonly grpcServers: readonly string[];
  readonly timeoutSeconds: number;
  readonly maxBodyBytes: number;
  readonly certificates: string;
  /** The predictor's endpoint on every target. nginx does not enforce it, so a rule checks it. */
  readonly endpoint: ResolvedEndpoint | undefined;
}

/** Settings with a default that does not depend on other settings. */
export type FixedSettings = Required<
  Pick<Settings, "memoryMb" | "cpu" | "architecture" | "timeoutSeconds" | "scratchMb" | "concurrency" | "packaging"> &
    Pick<Settings, "logRetentionDays">
>;

/** One predictor as a function. `cpu`: the setting on Google; elsewhere the share of vCPUs that depends on the memory. */
export interface ResolvedFunction extends ResolvedPredictor<TargetName>, FixedSettings {
  /** Folder relative to the config, with `/`. */
  readonly entry: string;
  readonly maxInstances: number | undefined;
  readonly warm: ResolvedWarm;
  readonly ping: ResolvedPing | undefined;
  readonly alarms: ResolvedAlarms | undefined;
  readonly rollout: Required<Rollout>;
  /** Measurements of a build or an optimiser, if one has run: for rules that compare with limits. */
  readonly measured: Measured | undefined;
}

export interface ResolvedWarm extends Required<Omit<WarmInstances, "schedule">> {
  readonly schedule: readonly ResolvedWindow[];
}

export type ResolvedWindow = Required<WarmWindow>;

export interface ResolvedPing {
  /** Whole minutes: the shortest unit of every platform's scheduler. */
  readonly everyMinutes: number;
  readonly concurrency: number;
}

export interface ResolvedEndpoint extends Required<Omit<Endpoint, "cors" | "maxBodyMb">> {
  /** Whether the configuration sets `auth`: in production, a public endpoint must be a choice. */
  readonly authChosen: boolean;
  readonly cors: Required<Cors> | undefined;
  readonly maxBodyMb: number | undefined;
}

export type ResolvedAlarms = Required<Alarms>;

export interface Measured {
  /** Compressed and unpacked bytes of each artefact, by kind (`function`, `runtime-layer`, `model-layer`, `image`). */
  readonly artefacts: readonly {
    readonly kind: string;
    readonly file: string;
    readonly bytes: number;
    readonly unzippedBytes: number;
  }[];
  /** Of all model files. */
  readonly modelBytes: number;
  /** Peak resident memory from start to first prediction, if it was measured. */
  readonly peakMemoryBytes: number | undefined;
}
