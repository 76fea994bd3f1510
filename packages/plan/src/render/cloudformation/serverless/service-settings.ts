import { isDeepStrictEqual } from "node:util";
import type { Alarms, Settings } from "../../../config.ts";
import { alarmDefaults, DEFAULTS, isProduction, TIME_ZONE, WARM_DEFAULTS } from "../../../facts/defaults.ts";
import { modelVariable } from "../../../facts/names.ts";
import { isGradual } from "../../../facts/rollout.ts";
import type { ResolvedFunction, ResolvedWarm, ResolvedWindow } from "../../../resolved-plan.ts";
import { unlessEmpty } from "../../../unless-empty.ts";

/** A setting of a function in `serverless.yml`. */
export interface ServiceSetting {
  readonly key: string;
  /** `serverless`: a key of Serverless, on the provider or the function. `tricast`: a key under `tricast:`. */
  readonly owner: "serverless" | "tricast";
  /** In the shortest form with the same meaning; `undefined` for the default. */
  value(fn: ResolvedFunction, stage: string): unknown;
}

/** A setting that Serverless has is under the key of Serverless. */
export const SERVICE_SETTINGS: readonly ServiceSetting[] = [
  serverless("architecture", ({ architecture }) => (architecture === "x64" ? "x86_64" : architecture)),
  serverless("memorySize", ({ memoryMb }) => memoryMb),
  serverless("timeout", ({ timeoutSeconds }) => timeoutSeconds),
  serverless("logRetentionInDays", ({ logRetentionDays }) => logRetentionDays),
  serverless("environment", environmentOf),
  serverless("tags", ({ tags }) => unlessEmpty(tags)),
  tricast("scratchMb", ({ scratchMb }) => unless(scratchMb, DEFAULTS.aws.scratchMb)),
  tricast("concurrency", ({ concurrency }) => unless(concurrency, DEFAULTS.aws.concurrency)),
  tricast("packaging", ({ packaging }) => unless(packaging, DEFAULTS.aws.packaging)),
  tricast("image", ({ image }) => image),
  tricast("model", modelOf),
  tricast("secrets", ({ secrets }) => unlessEmpty(secrets)),
  tricast("maxInstances", ({ maxInstances }) => maxInstances),
  tricast("warmInstances", ({ warm }) => unless(warmInstancesOf(warm), 0)),
  tricast("ping", ({ ping }) => ping && { every: everyOf(ping.everyMinutes), concurrency: ping.concurrency }),
  tricast("endpoint", authAndCors),
  tricast("rollout", (fn) => (isGradual(fn) ? fn.rollout : undefined)),
  tricast("alarms", alarmsOf),
];

function serverless(key: string, value: ServiceSetting["value"]): ServiceSetting {
  return { key, owner: "serverless", value };
}

function tricast(key: keyof Settings, value: ServiceSetting["value"]): ServiceSetting {
  return { key, owner: "tricast", value };
}

function unless<T>(value: T, fallback: T): T | undefined {
  return value === fallback ? undefined : value;
}

/** Without the variables that contain the addresses of models. */
function environmentOf({ environment, models, predictor }: ResolvedFunction): object | undefined {
  const ofModels = new Map(Object.entries(models).map(([name, uri]) => [modelVariable(predictor, name), uri]));
  const own = Object.entries(environment).filter(([name, value]) => ofModels.get(name) !== value);
  return unlessEmpty(Object.fromEntries(own));
}

function modelOf({ models }: ResolvedFunction): Settings["model"] {
  const names = Object.keys(models);
  return names.length === 1 && names[0] === "model" ? models.model : unlessEmpty(models);
}

function warmInstancesOf({ min, max, targetUtilization, schedule }: ResolvedWarm): number | object {
  if (max === min && schedule.length === 0) return min;
  return {
    min,
    max: unless(max, min),
    targetUtilization: unless(targetUtilization, WARM_DEFAULTS.targetUtilization),
    schedule: schedule.length === 0 ? undefined : schedule.map(windowOf),
  };
}

function windowOf({ name, at, timeZone, min, max }: ResolvedWindow): object {
  return { name, at, timeZone: unless(timeZone, TIME_ZONE), min, max: unless(max, min) };
}

function everyOf(minutes: number): string {
  if (minutes % 60 === 0) return minutes === 60 ? "1 hour" : `${minutes / 60} hours`;
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

/** The events contain kind and path. */
function authAndCors({ endpoint }: ResolvedFunction): Settings["endpoint"] | undefined {
  if (endpoint === undefined) return undefined;
  const { authChosen, auth, cors } = endpoint;
  return unlessEmpty({ ...(authChosen ? { auth } : {}), ...(cors === undefined ? {} : { cors }) });
}

function alarmsOf(fn: ResolvedFunction, stage: string): Alarms | false | undefined {
  const { alarms } = fn;
  const usual = isProduction(stage) ? alarmDefaults(fn) : undefined;
  if (isDeepStrictEqual(alarms, usual)) return undefined;
  if (alarms === undefined) return false;
  const { notify, ...limits } = alarms;
  return notify.length === 0 ? limits : alarms;
}
