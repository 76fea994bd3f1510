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
