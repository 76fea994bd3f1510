import type { Alarms, Cors, Jwt, Rollout, SecretReference, TargetName } from "./config.ts";

/** A configuration for one stage with every default filled in and every name final. Plain data: what renderers and rules read. */
export interface ResolvedPlan {
  readonly service: string;
  readonly stage: string;
  readonly aws: ResolvedAws | undefined;
  readonly azure: ResolvedAzure | undefined;
  readonly gcp: ResolvedGcp | undefined;
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

export interface ResolvedWarm {
  readonly min: number;
  readonly max: number;
  readonly targetUtilization: number;
  readonly schedule: readonly ResolvedWindow[];
}

export interface ResolvedWindow {
  readonly name: string;
  readonly at: string;
  readonly timeZone: string;
  readonly min: number;
  readonly max: number;
}

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

export interface ResolvedAlarms extends Required<Alarms> {}

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
