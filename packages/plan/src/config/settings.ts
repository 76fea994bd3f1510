/** Settings of one predictor on one target. */
export interface Settings {
  /** Memory of one instance, in MB. Default 1024 (AWS), 2048 (Azure), 1024 (Google). */
  readonly memoryMb?: number;
  /** vCPUs of one instance on Google and in containers, where the memory does not determine them. Default 1. */
  readonly cpu?: number;
  /** Default `x64`. */
  readonly architecture?: "x64" | "arm64";
  /** Longest duration of one request, in seconds. Default 29. */
  readonly timeoutSeconds?: number;
  /** Size of the scratch folder (`/tmp`), in MB. Default 512. */
  readonly scratchMb?: number;
  /** Requests that one instance serves at once. Default 1 on AWS, 8 on Azure and Google. In a container, the server chooses by default. */
  readonly concurrency?: number;
  /** Maximum number of instances: reserved concurrency (AWS), maximum instance count (Azure, Google), replicas. Default: the platform's, or 10 containers. */
  readonly maxInstances?: number;
  /**
   * Instances kept warm: provisioned concurrency (AWS), always-ready instances (Azure), minimum instances (Google).
   * A number is `{ min: <number> }`. Default 0. For containers, it is the minimum number of replicas, at least 1.
   */
  readonly warmInstances?: number | WarmInstances;
  /** Scheduled pings that keep instances running. With `warmInstances` they are not needed. Default: none. */
  readonly ping?: Ping | false;
  /** How clients reach the predictor. `false`: only by the platform's own invocation. Default `{ kind: "http" }`. */
  readonly endpoint?: Endpoint | false;
  /** Replaces the location of the model in the code: an address in a store, or several addresses by their names in `models`. */
  readonly model?: string | Readonly<Record<string, string>>;
  /** Form of the deployed code. `layers`: AWS only. Default `layers` on AWS, else `zip`. */
  readonly packaging?: "layers" | "zip" | "image";
  /** Image of a container, or of a function with `packaging: "image"`: `registry/repository:tag`, or `registry/repository@sha256:<digest>`. No default. */
  readonly image?: string;
  /** Environment variables. They merge over the levels; `null` removes a variable. */
  readonly environment?: Readonly<Record<string, string | null>>;
  /** Environment variables with values from a secret store. */
  readonly secrets?: Readonly<Record<string, SecretReference>>;
  /** Tags (AWS, Azure) and labels (Google). They merge over the levels. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Retention of logs, in days. Default 14. */
  readonly logRetentionDays?: number;
  /** Default: the defaults of {@link Alarms} in `prod`, and no alarms in other stages. */
  readonly alarms?: Alarms | false;
  /** How a new version takes over (AWS, Google services). Default `{ kind: "all-at-once" }`. */
  readonly rollout?: Rollout;
}

export interface WarmInstances {
  /** Minimum number of warm instances, outside windows of the schedule. Default 0. */
  readonly min?: number;
  /** Maximum number, for scaling by utilisation. Default: `min`, so the number is fixed. */
  readonly max?: number;
  /** Utilisation that scaling aims for, 0.1 to 0.9, if `max` exceeds `min`. Default 0.7. */
  readonly targetUtilization?: number;
  /** Times with other bounds, such as office hours. */
  readonly schedule?: readonly WarmWindow[];
}

/** Begins at `at` and ends at the `at` of the next window. */
export interface WarmWindow {
  /** Part of resource names: `office-hours`. */
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
  /** The interval: `5 minutes`, `1 hour`. Default `5 minutes`. */
  readonly every?: string;
  /** Number of instances that pings reach at once. Default 1. */
  readonly concurrency?: number;
}

export interface Endpoint {
  /**
   * `http`: API Gateway HTTP API (AWS), the function's own URL (Azure, Google). `rest`: API Gateway REST API;
   * `function-url`: Lambda function URL; both AWS only. Default `http`.
   */
  readonly kind?: "http" | "rest" | "function-url";
  /** Path of the predictor, if several share one gateway. Default `/<predictor>` on AWS gateways, else `/`. */
  readonly path?: string;
  /**
   * `none`: all callers. `iam`: signed requests (AWS SigV4), identity tokens (Google). `api-key`: usage plan key (AWS REST
   * API), function key (Azure). `jwt`: tokens of an issuer (AWS HTTP API; Azure, of one tenant of Microsoft Entra). A form
   * that the target cannot enforce is refused. Default `none`, but `prod` requires a choice.
   */
  readonly auth?: "none" | "iam" | "api-key" | Jwt;
  /** Default: no cross-origin access. */
  readonly cors?: Cors;
  /** Largest request body that clients send, in MB. The rules compare it with the limits of the platform. Default: no check. */
  readonly maxBodyMb?: number;
  /** Whether your own load balancer forwards to the function (AWS). Default false. */
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
  /** Name in Google Secret Manager, with `/versions/<n>` for a version. Default: the latest. */
  | { readonly secretManager: string }
  /** Key of a Kubernetes Secret in the same namespace: `<secret>/<key>`. */
  | { readonly kubernetes: string };

export interface Alarms {
  /** Share of requests that fail, in percent, over 5 minutes. Default 1. */
  readonly errorPercent?: number;
  /** 99th percentile of the duration of a request, in milliseconds. Default: 80 % of the timeout. */
  readonly p99Ms?: number;
  /** Addresses that alarms notify: SNS topic ARN (AWS), action group id (Azure), notification channel (Google). */
  readonly notify?: readonly string[];
}

export interface Rollout {
  readonly kind: "all-at-once" | "canary" | "linear";
  /** Share of traffic per step, in percent. Default 10. */
  readonly percent?: number;
  /** Minutes per step. Default 5. */
  readonly minutes?: number;
}
