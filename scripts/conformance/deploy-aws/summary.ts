/** A function with its settings, in the terms of a plan. */
export interface Summary {
  readonly name: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly scratchMb: number;
  readonly architectures: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly maxInstances: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** SHA-256 of the code's archive, in base64. */
  readonly code: string;
  readonly layers: readonly string[];
  readonly aliases: readonly {
    readonly name: string;
    readonly version: string;
    readonly provisioned: number | undefined;
    readonly scaling:
      | { readonly min: number; readonly max: number; readonly targetUtilization: number | undefined }
      | undefined;
    readonly windows: readonly {
      readonly name: string;
      readonly cron: string;
      readonly timeZone: string;
      readonly min: number;
      readonly max: number;
    }[];
    readonly pings: readonly { readonly schedule: string; readonly event: unknown }[];
    readonly endpoint:
      | { readonly kind: "function-url"; readonly authorization: string }
      | {
          readonly kind: "http" | "rest";
          readonly routes: readonly {
            /** `POST /iris/predict` */
            readonly route: string;
            readonly authorization?: string;
            readonly timeoutMs: number | undefined;
          }[];
        };
    /** `action principal service resource` */
    readonly callers: readonly string[];
  }[];
  readonly logRetentionDays: number | undefined;
  /** Log groups that its role may write to. */
  readonly writesLogsOf: readonly string[];
  /** Thresholds by metric. */
  readonly alarms: Readonly<Record<string, number>>;
  readonly rollout: { readonly kind: string; readonly percent: number; readonly minutes: number } | undefined;
}
