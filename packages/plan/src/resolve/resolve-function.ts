import type { Config, Settings, TargetName } from "../config.ts";
import { alarmDefaults, DEFAULTS, isProduction, ROLLOUT_DEFAULTS } from "../facts/defaults.ts";
import { functionName, modelVariable } from "../facts/names.ts";
import type { Measured, ResolvedAlarms, ResolvedFunction } from "../resolved-plan.ts";
import { overlay } from "./overlay.ts";
import { resolveEndpoint } from "./resolve-endpoint.ts";
import { resolvePing, resolveWarm } from "./resolve-warm.ts";

/** A predictor on a target of a configuration that its stage was laid over. */
export interface FunctionPlace {
  readonly config: Config;
  readonly stage: string;
  readonly target: TargetName;
  readonly predictor: string;
  readonly measured: Measured | undefined;
}

export function resolveFunction(place: FunctionPlace): ResolvedFunction {
  const { config, stage, target, predictor, measured } = place;
  const settings = settingsOf(place);
  const fixed = overlay({ ...DEFAULTS[target], packaging: packagingOf(config, target) }, pickFixed(settings));
  const models = typeof settings.model === "string" ? { model: settings.model } : (settings.model ?? {});
  return {
    target,
    predictor,
    name: functionName(target, config.service, stage, predictor, runsAs(config, target)),
    entry: config.predictors[predictor]?.entry ?? `handlers/${predictor}`,
    ...fixed,
    cpu: cpuOf(target, fixed.memoryMb, fixed.cpu),
    maxInstances: settings.maxInstances,
    warm: resolveWarm(settings.warmInstances),
    ping: resolvePing(settings.ping),
    endpoint: resolveEndpoint(settings.endpoint, target, predictor),
    models,
    image: settings.image,
    environment: environmentOf(predictor, settings, models),
    secrets: settings.secrets ?? {},
    tags: settings.tags ?? {},
    alarms: resolveAlarms(settings.alarms, stage, fixed),
    rollout: { ...ROLLOUT_DEFAULTS, ...settings.rollout },
    measured,
  };
}

/** What is nearer wins: all, target, predictor, predictor on target. */
function settingsOf({ config, target, predictor }: FunctionPlace): Settings {
  const own = config.predictors[predictor] ?? {};
  const levels = [config.settings ?? {}, config.targets[target] ?? {}, own, own.on?.[target] ?? {}];
  return levels.reduce<Settings>((below, above) => overlay(below, above), {});
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

/** What is written, and where each model is. */
export function environmentOf(
  predictor: string,
  { environment = {} }: Pick<Settings, "environment">,
  models: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const given = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== null);
  const places = Object.entries(models).map(([model, uri]) => [modelVariable(predictor, model), uri] as const);
  return Object.fromEntries([...places, ...given]);
}
