import type { Settings } from "./config/settings.ts";
import type { TargetSettings, TargetsConfig } from "./config/targets.ts";

export type * from "./config/settings.ts";
export type * from "./config/targets.ts";

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

/** Types the default export of `tricast.config.ts`. */
export function defineConfig(config: Config): Config {
  return config;
}
