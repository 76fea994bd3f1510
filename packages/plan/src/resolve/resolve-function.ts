import type { Settings, TargetName } from "../config.ts";
import { alarmDefaults, DEFAULTS, isProduction, ROLLOUT_DEFAULTS } from "../facts/defaults.ts";
import { predictorName } from "../facts/names.ts";
import type { FixedSettings, Measured, ResolvedAlarms, ResolvedFunction } from "../resolved-plan.ts";
import { overlay } from "./overlay.ts";
import { inputsOf, type StagedPredictor, settingsOf } from "./predictor-settings.ts";
import { resolveEndpoint } from "./resolve-endpoint.ts";
import { resolvePing, resolveWarm } from "./resolve-warm.ts";

export function resolveFunction(
  one: StagedPredictor,
  target: TargetName,
  measured: Measured | undefined,
): ResolvedFunction {
  const { config, stage, predictor } = one;
  const settings = settingsOf(one, target);
  const isService = target === "gcp" && config.targets.gcp?.runAs === "service";
  const fixed = fixedSettings(settings, target, isService);
  return {
    target,
    predictor,
    name: predictorName(isService ? "run" : target, config.service, stage, predictor),
    entry: config.predictors[predictor]?.entry ?? `handlers/${predictor}`,
    ...fixed,
    cpu: cpuOf(target, fixed),
    maxInstances: settings.maxInstances,
    warm: resolveWarm(settings.warmInstances),
    ping: resolvePing(settings.ping),
    endpoint: resolveEndpoint(settings.endpoint, target, predictor),
    image: settings.image,
    ...inputsOf(predictor, settings),
    alarms: resolveAlarms(settings.alarms, stage, fixed),
    rollout: { ...ROLLOUT_DEFAULTS, ...settings.rollout },
    measured,
  };
}

/** @param isService whether it is a Cloud Run service, which is always an image. */
function fixedSettings(settings: Settings, target: TargetName, isService: boolean): FixedSettings {
  const defaults = isService ? { ...DEFAULTS[target], packaging: "image" as const } : DEFAULTS[target];
  const keys = Object.keys(defaults) as (keyof FixedSettings)[];
  return overlay(defaults, Object.fromEntries(keys.map((key) => [key, settings[key]])));
}

function resolveAlarms(given: Settings["alarms"], stage: string, fixed: FixedSettings): ResolvedAlarms | undefined {
  if (given === false || (given === undefined && !isProduction(stage))) return undefined;
  return { ...alarmDefaults(fixed), ...given };
}

/** docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: one vCPU at 1,769 MB. */
const LAMBDA_MB_PER_CPU = 1769;
/** learn.microsoft.com/azure/azure-functions/flex-consumption-plan, instance sizes: one vCPU at 2,048 MB. */
const FLEX_MB_PER_CPU = 2048;

function cpuOf(target: TargetName, { memoryMb, cpu }: FixedSettings): number {
  if (target === "gcp") return cpu;
  const share = memoryMb / (target === "aws" ? LAMBDA_MB_PER_CPU : FLEX_MB_PER_CPU);
  return Math.round(share * 100) / 100;
}
