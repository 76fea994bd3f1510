import type { Config, Settings, TargetSettings } from "../config.ts";
import { modelVariable } from "../facts/names.ts";
import { overlay } from "./overlay.ts";

/** A predictor of a configuration, with the overrides of its stage. */
export interface StagedPredictor {
  readonly config: Config;
  readonly stage: string;
  readonly predictor: string;
}

/** Values merged from general to specific. */
export function mergeLevels<T extends object>(...levels: readonly (T | undefined)[]): Partial<T> {
  return levels.reduce<object>((below, above) => overlay(below, above ?? {}), {});
}

/** Settings of a predictor on a target, from general to specific: all, target, predictor, predictor on target. */
export function settingsOf<T extends keyof TargetSettings>(
  { config, predictor }: StagedPredictor,
  target: T,
): NonNullable<TargetSettings[T]> {
  const own = config.predictors[predictor];
  const levels = [config.settings, config.targets[target], own, own?.on?.[target]];
  return mergeLevels<object>(...levels) as NonNullable<TargetSettings[T]>;
}

type Source = Pick<Settings, "model" | "environment" | "secrets" | "tags">;

/** Values that a predictor reads on every target: models with their variables, environment, secrets, tags. */
export function inputsOf(predictor: string, { model = {}, environment = {}, secrets = {}, tags = {} }: Source) {
  const models = typeof model === "string" ? { model } : model;
  const addresses = Object.entries(models).map(([name, uri]) => [modelVariable(predictor, name), uri] as const);
  const given = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== null);
  return { models, environment: Object.fromEntries([...addresses, ...given]), secrets, tags };
}
