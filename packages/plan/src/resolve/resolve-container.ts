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
import { inputsOf, mergeLevels, type StagedPredictor, settingsOf } from "./predictor-settings.ts";
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

/** Share of the requests in flight: a queue of this length makes a request wait an eighth longer. */
const QUEUE_SHARE = 8;

export function resolveTask(one: StagedPredictor): ResolvedTask {
  const settings = settingsOf(one, "ecs");
  const { requestsPerMinute, logRetentionDays = CONTAINER_DEFAULTS.logRetentionDays } = settings;
  return { ...resolveContainer(one, "ecs", settings), ...sizeOf(settings), requestsPerMinute, logRetentionDays };
}

export function resolveInstance(one: StagedPredictor, target: "sagemaker" | "vertex" | "azureMl"): ResolvedInstance {
  const settings = settingsOf(one, target);
  return { ...resolveContainer(one, target, settings), instanceType: settings.instanceType ?? "" };
}

export function resolveSite({ config, predictor }: StagedPredictor): ResolvedSite {
  const { nginx } = config.targets;
  const own = config.predictors[predictor];
  const site = mergeLevels<SiteSettings>(ofSite(config.settings), nginx, ofSite(own), own?.on?.nginx);
  // nginx has no endpoint setting: the endpoint is that of all predictors and of this predictor.
  const endpoints = [config.settings, own].map((level) => ({ endpoint: level?.endpoint }));
  const { endpoint } = mergeLevels<{ readonly endpoint: Settings["endpoint"] }>(...endpoints);
  return {
    predictor,
    host: `${predictor}.${nginx?.domain}`,
    servers: site.servers ?? SITE_SERVERS,
    grpcServers: site.grpcServers ?? [],
    timeoutSeconds: site.timeoutSeconds ?? CONTAINER_DEFAULTS.timeoutSeconds,
    maxBodyBytes: site.maxBodyMb === undefined ? DEFAULT_BODY_BYTES : Math.round(site.maxBodyMb * MIB),
    certificates: nginx?.certificates ?? `/etc/letsencrypt/live/${nginx?.domain}`,
    endpoint: resolveEndpoint(endpoint, "nginx", predictor),
  };
}

/** General settings that also apply to the site. */
function ofSite({ timeoutSeconds, endpoint }: Settings = {}): SiteSettings {
  const maxBodyMb = typeof endpoint === "object" ? endpoint.maxBodyMb : undefined;
  return { ...(timeoutSeconds && { timeoutSeconds }), ...(maxBodyMb && { maxBodyMb }) };
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

function sizeOf(settings: SizeSettings): Required<SizeSettings> {
  const { memoryMb, cpu, architecture, scratchMb } = { ...CONTAINER_DEFAULTS, ...settings };
  return { memoryMb, cpu, architecture, scratchMb };
}

/** Every running container is warm, so `maxInstances` is also the maximum of warm instances. */
function instancesOf({ warmInstances, maxInstances }: ContainerSettings): ResolvedWarm {
  const warm = resolveWarm(warmInstances);
  const min = Math.max(warm.min, 1);
  return { ...warm, min, max: maxInstances ?? Math.max(warm.max, min, CONTAINER_DEFAULTS.maxInstances) };
}
