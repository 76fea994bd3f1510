import type {
  Alarms,
  ContainerTargetName,
  Cors,
  Jwt,
  Rollout,
  SecretReference,
  SizeSettings,
  TargetName,
  WarmInstances,
  WarmWindow,
} from "./config.ts";

/** A configuration for one stage with every default filled in and every name final. Plain data: what renderers and rules read. */
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

export interface ResolvedAws {
  readonly target: "aws";
  readonly region: string;
  readonly alias: string;
  readonly dashboard: boolean;
  readonly snapStart: boolean;
  readonly functions: readonly ResolvedFunction[];
}

export interface ResolvedAzure {
  readonly target: "azure";
  readonly location: string;
  readonly resourceGroup: string;
  readonly plan: "flex-consumption" | "consumption";
  readonly functions: readonly ResolvedFunction[];
}

export interface ResolvedGcp {
  readonly target: "gcp";
  readonly project: string;
  readonly region: string;
  readonly runAs: "function" | "service";
  readonly functions: readonly ResolvedFunction[];
}

export interface ResolvedKubernetes {
  readonly target: "kubernetes";
  readonly namespace: string | undefined;
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
  readonly containers: readonly ResolvedPod[];
}

export interface ResolvedEcs {
  readonly target: "ecs";
  readonly domain: string;
  readonly containers: readonly ResolvedTask[];
}

export interface ResolvedSageMaker {
  readonly target: "sagemaker";
  readonly containers: readonly ResolvedInstance[];
}

export interface ResolvedVertex {
  readonly target: "vertex";
  readonly project: string;
  readonly region: string;
  readonly containers: readonly ResolvedInstance[];
}

export interface ResolvedAzureMl {
  readonly target: "azureMl";
  readonly resourceGroup: string;
  readonly workspace: string;
  readonly containers: readonly ResolvedInstance[];
}

export interface ResolvedNginx {
  readonly target: "nginx";
  readonly sites: readonly ResolvedSite[];
}

export type ResolvedCloud = ResolvedAws | ResolvedAzure | ResolvedGcp;

export type ResolvedContainerTarget =
  | ResolvedKubernetes
  | ResolvedEcs
  | ResolvedSageMaker
  | ResolvedVertex
  | ResolvedAzureMl;

/** One predictor in an image with the server in it. */
export interface ResolvedContainer {
  readonly target: ContainerTargetName;
  readonly predictor: string;
  /** `<service>-<stage>-<predictor>`, cut and hashed where the platform allows less. */
  readonly name: string;
  /** A rule asks for it where there is none. */
  readonly image: string | undefined;
  readonly timeoutSeconds: number;
  /** Requests served at once; `undefined`: the server chooses. */
  readonly concurrency: number | undefined;
  /** At least 1: what serves behind a port that is always there cannot begin with none. */
  readonly instances: ResolvedWarm;
  readonly endpoint: ResolvedEndpoint | undefined;
  readonly models: Readonly<Record<string, string>>;
  /** With `TRICAST_MODEL_<NAME>` for each of `models`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, SecretReference>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ResolvedPod extends ResolvedContainer, Required<SizeSettings> {
  readonly grpcPort: number | undefined;
  readonly queueLength: number | undefined;
}

export interface ResolvedTask extends ResolvedContainer, Required<SizeSettings> {
  readonly requestsPerMinute: number | undefined;
  readonly logRetentionDays: number;
}

export interface ResolvedInstance extends ResolvedContainer {
  readonly instanceType: string;
}

/** What stands in front of one predictor's servers. */
export interface ResolvedSite {
  readonly predictor: string;
  /** `<predictor>.<domain>`. */
  readonly host: string;
  readonly servers: readonly string[];
  readonly grpcServers: readonly string[];
  readonly timeoutSeconds: number;
  readonly maxBodyBytes: number;
  readonly certificates: string;
  /** What the configuration says of the predictor on every target: nginx enforces nothing of it, so a rule looks at it. */
  readonly endpoint: ResolvedEndpoint | undefined;
}

/** One predictor on one target. */
export interface ResolvedFunction {
  readonly target: TargetName;
  readonly predictor: string;
  /** Of the deployed function: `<service>-<stage>-<predictor>`, cut and hashed where the platform allows less. */
  readonly name: string;
  /** Folder relative to the config, with `/`. */
  readonly entry: string;
  readonly memoryMb: number;
  /** vCPUs: as configured where they can be chosen, else what the memory brings. */
  readonly cpu: number;
  readonly architecture: "x64" | "arm64";
  readonly timeoutSeconds: number;
  readonly scratchMb: number;
  readonly concurrency: number;
  readonly maxInstances: number | undefined;
  readonly warm: ResolvedWarm;
  readonly ping: ResolvedPing | undefined;
  readonly endpoint: ResolvedEndpoint | undefined;
  /** Store addresses by the name of the model: `model` for the only one. Empty where the package carries the model. */
  readonly models: Readonly<Record<string, string>>;
  readonly packaging: "layers" | "zip" | "image";
  readonly image: string | undefined;
  /** With `TRICAST_MODEL_<NAME>` for each of `models`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, SecretReference>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly logRetentionDays: number;
  readonly alarms: ResolvedAlarms | undefined;
  readonly rollout: Required<Rollout>;
  /** What a build or an optimiser measured of this predictor, where one has run: for rules that compare with limits. */
  readonly measured: Measured | undefined;
}

export interface ResolvedWarm extends Required<Omit<WarmInstances, "schedule">> {
  readonly schedule: readonly ResolvedWindow[];
}

export type ResolvedWindow = Required<WarmWindow>;

export interface ResolvedPing {
  /** Whole minutes: the shortest that every platform's scheduler has. */
  readonly everyMinutes: number;
  readonly concurrency: number;
}

export interface ResolvedEndpoint {
  readonly kind: "http" | "rest" | "function-url";
  readonly path: string;
  readonly auth: "none" | "iam" | "api-key" | Jwt;
  /** Whether the configuration says so, rather than the default: what is public in production shall be so on purpose. */
  readonly authChosen: boolean;
  readonly cors: Required<Cors> | undefined;
  readonly maxBodyMb: number | undefined;
  readonly loadBalancer: boolean;
}

export type ResolvedAlarms = Required<Alarms>;

export interface Measured {
  /** Of each artefact, by kind (`function`, `runtime-layer`, `model-layer`, `image`): compressed and unpacked bytes. */
  readonly artefacts: readonly {
    readonly kind: string;
    readonly file: string;
    readonly bytes: number;
    readonly unzippedBytes: number;
  }[];
  /** Of all model files. */
  readonly modelBytes: number;
  /** Peak resident memory from start to first prediction, where it was measured. */
  readonly peakMemoryBytes: number | undefined;
}
