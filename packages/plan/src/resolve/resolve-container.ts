import { DEFAULT_BODY_BYTES } from "@tricast/core/adapter";
import type { ContainerSettings, ContainerTargetName, Settings, SiteSettings, SizeSettings } from "../config.ts";
import { CONTAINER_DEFAULTS, SITE_SERVERS } from "../facts/defaults.ts";
import { predictorName } from "../facts/names.ts";
import { IN_FLIGHT_PER_CPU } from "../facts/server.ts";
import type {
  ResolvedContainer,
  ResolvedInstance,
  ResolvedPod,
  ResolvedSite,
  ResolvedTask,
  ResolvedWarm,
} from "../resolved-plan.ts";
import { overlay } from "./overlay.ts";
import { inputsOf, type StagedPredictor, settingsOf } from "./predictor-settings.ts";
import { resolveEndpoint } from "./resolve-endpoint.ts";
import { resolveWarm } from "./resolve-warm.ts";

export function resolvePod(one: StagedPredictor): ResolvedPod {
  const settings = settingsOf(one, "kubernetes");
  const size = sizeOf(settings);
  const inFlight = settings.concurrency ?? Math.ceil(IN_FLIGHT_PER_CPU * size.cpu);
  const queueLength = settings.queueLength ?? Math.max(1, Math.round(inFlight / QUEUE_SHARE));
  return {
    ...resolveContainer(one, "kubernetes", settings),
    ...size,
    grpcPort: settings.grpcPort,
    queueLength: queueLength === false ? undefined : queueLength,
  };
}

/** Of what is served at once: so many in the queue make a request wait an eighth longer. */
const QUEUE_SHARE = 8;

export function resolveTask(one: StagedPredictor): ResolvedTask {
  const settings = settingsOf(one, "ecs");
  return {
    ...resolveContainer(one, "ecs", settings),
    ...sizeOf(settings),
    requestsPerMinute: settings.requestsPerMinute,
    logRetentionDays: settings.logRetentionDays ?? CONTAINER_DEFAULTS.logRetentionDays,
  };
}

export function resolveInstance(one: StagedPredictor, target: "sagemaker" | "vertex" | "azureMl"): ResolvedInstance {
  const settings = settingsOf(one, target);
  return { ...resolveContainer(one, target, settings), instanceType: settings.instanceType ?? "" };
}

export function resolveSite({ config, predictor }: StagedPredictor): ResolvedSite {
  const { nginx } = config.targets;
  const own = config.predictors[predictor];
  const levels: SiteSettings[] = [ofSite(config.settings), nginx ?? {}, ofSite(own), own?.on?.nginx ?? {}];
  const site = levels.reduce((below, above) => overlay(below, above), {});
  return {
    predictor,
    host: `${predictor}.${nginx?.domain}`,
    servers: site.servers ?? SITE_SERVERS,
    grpcServers: site.grpcServers ?? [],
    timeoutSeconds: site.timeoutSeconds ?? CONTAINER_DEFAULTS.timeoutSeconds,
    maxBodyBytes: site.maxBodyMb === undefined ? DEFAULT_BODY_BYTES : Math.round(site.maxBodyMb * MIB),
    certificates: nginx?.certificates ?? `/etc/letsencrypt/live/${nginx?.domain}`,
    endpoint: resolveEndpoint(endpointOf(config.settings, own), "nginx", predictor),
  };
}

/** What is said of a predictor everywhere and holds for what stands in front of it, too. */
function ofSite({ timeoutSeconds, endpoint }: Settings = {}): SiteSettings {
  const maxBodyMb = typeof endpoint === "object" ? endpoint.maxBodyMb : undefined;
  return { ...(timeoutSeconds && { timeoutSeconds }), ...(maxBodyMb && { maxBodyMb }) };
}

/** A site has no endpoint of its own in a configuration: what holds for all, and what holds for the predictor. */
function endpointOf(...levels: readonly (Settings | undefined)[]): Settings["endpoint"] {
  const given = levels.map((level) => ({ endpoint: level?.endpoint }));
  return given.reduce<Pick<Settings, "endpoint">>((below, above) => overlay(below, above), {}).endpoint;
}

const MIB = 1_048_576;

function resolveContainer(
  { config, stage, predictor }: StagedPredictor,
  target: ContainerTargetName,
  settings: ContainerSettings,
): ResolvedContainer {
  return {
    target,
    predictor,
    name: predictorName(target, config.service, stage, predictor),
    image: settings.image,
    timeoutSeconds: settings.timeoutSeconds ?? CONTAINER_DEFAULTS.timeoutSeconds,
    concurrency: settings.concurrency,
    instances: instancesOf(settings),
    endpoint: resolveEndpoint(settings.endpoint, target, predictor),
    ...inputsOf(predictor, settings),
  };
}

function sizeOf({ memoryMb, cpu, architecture, scratchMb }: SizeSettings): Required<SizeSettings> {
  return {
    memoryMb: memoryMb ?? CONTAINER_DEFAULTS.memoryMb,
    cpu: cpu ?? CONTAINER_DEFAULTS.cpu,
    architecture: architecture ?? CONTAINER_DEFAULTS.architecture,
    scratchMb: scratchMb ?? CONTAINER_DEFAULTS.scratchMb,
  };
}

/** All that run are warm, so the most that there may be is the most that is kept. */
function instancesOf({ warmInstances, maxInstances }: ContainerSettings): ResolvedWarm {
  const warm = resolveWarm(warmInstances);
  const min = Math.max(warm.min, 1);
  return { ...warm, min, max: maxInstances ?? Math.max(warm.max, min, CONTAINER_DEFAULTS.maxInstances) };
}
