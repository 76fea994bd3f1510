import type { Settings } from "./config/settings.ts";
import type { TargetSettings, TargetsConfig } from "./config/targets.ts";

export type * from "./config/settings.ts";
export type * from "./config/targets.ts";

/** The default export of `tricast.config.ts`: which predictors run where, with which settings. */
export interface Config {
  /** First part of every resource name: `<service>-<stage>-<predictor>`. Lower-case letters, digits and dashes, at most 32. On Azure the name is also the host name, so it must be unique worldwide. */
  readonly service: string;
  /** By name. The folder is `handlers/<name>`, unless `entry` names another. */
  readonly predictors: Readonly<Record<string, PredictorConfig>>;
  /** The platforms. Each target has its own settings, also for single predictors. */
  readonly targets: TargetsConfig;
  /** For every predictor on every target. The most specific level wins. From general to specific: defaults, `settings`, target, predictor, predictor on target. */
  readonly settings?: Settings;
  /**
   * Differences between stages: a part of this document that overrides the rest. Objects merge key by key; other values are
   * replaced. Default: `dev` and `prod` without differences. The first stage is the default of the commands.
   */
  readonly stages?: Readonly<Record<string, StageConfig>>;
}

/** The part of the document that one stage overrides. Every key is optional. */
export interface StageConfig {
  readonly settings?: Settings;
  /** A target that the document does not have exists in this stage only. */
  readonly targets?: { readonly [T in keyof TargetsConfig]?: DeepPartial<NonNullable<TargetsConfig[T]>> };
  /** Only predictors that the document defines. */
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

/** Types the default export of `tricast.config.ts`. */
export function defineConfig(config: Config): Config {
  return config;
}
