import type { Config, Settings, TargetName } from "../config.ts";
import { alarmDefaults, DEFAULTS, isProduction, ROLLOUT_DEFAULTS } from "../facts/defaults.ts";
import { predictorName } from "../facts/names.ts";
import type { Measured, ResolvedAlarms, ResolvedFunction } from "../resolved-plan.ts";
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
  const fixed = overlay({ ...DEFAULTS[target], packaging: packagingOf(config, target) }, pickFixed(settings));
  return {
    target,
    predictor,
    name: predictorName(runsAs(config, target) === "service" ? "run" : target, config.service, stage, predictor),
    entry: config.predictors[predictor]?.entry ?? `handlers/${predictor}`,
    ...fixed,
    cpu: cpuOf(target, fixed.memoryMb, fixed.cpu),
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

const FIXED = [
  "memoryMb",
  "cpu",
  "architecture",
  "timeoutSeconds",
  "scratchMb",
  "concurrency",
  "packaging",
  "logRetentionDays",
] as const;

function pickFixed(settings: Settings): Settings {
  return Object.fromEntries(FIXED.map((key) => [key, settings[key]]));
}

function runsAs(config: Config, target: TargetName): "function" | "service" {
  return target === "gcp" ? (config.targets.gcp?.runAs ?? "function") : "function";
}

/** A Cloud Run service has no other form than an image. */
function packagingOf(config: Config, target: TargetName) {
  return runsAs(config, target) === "service" ? "image" : DEFAULTS[target].packaging;
}

function resolveAlarms(
  given: Settings["alarms"],
  stage: string,
  fixed: { readonly timeoutSeconds: number },
): ResolvedAlarms | undefined {
  if (given === false || (given === undefined && !isProduction(stage))) return undefined;
  return { ...alarmDefaults(fixed), ...given };
}

/** docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: one vCPU at 1,769 MB. */
const LAMBDA_MB_PER_CPU = 1769;
/** learn.microsoft.com/azure/azure-functions/flex-consumption-plan, instance sizes: one vCPU at 2,048 MB. */
const FLEX_MB_PER_CPU = 2048;

function cpuOf(target: TargetName, memoryMb: number, cpu: number): number {
  if (target === "gcp") return cpu;
  const share = memoryMb / (target === "aws" ? LAMBDA_MB_PER_CPU : FLEX_MB_PER_CPU);
  return Math.round(share * 100) / 100;
}
