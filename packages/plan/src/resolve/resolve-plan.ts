import { didYouMean, show } from "@tricast/core/adapter";
import type { Config, TargetName, TargetsConfig } from "../config.ts";
import { ALIAS, isProduction, STAGES } from "../facts/defaults.ts";
import { invalidOption } from "../facts/invalid-option.ts";
import type { Measured, ResolvedPlan } from "../resolved-plan.ts";
import { overlay } from "./overlay.ts";
import { parseConfig } from "./parse-config.ts";
import type { StagedPredictor } from "./predictor-settings.ts";
import { resolveInstance, resolvePod, resolveSite, resolveTask } from "./resolve-container.ts";
import { resolveFunction } from "./resolve-function.ts";

/** Measurements of builds, by predictor and target. */
export type Measurements = Readonly<Record<string, { readonly [T in TargetName]?: Measured }>>;

/** The stages of a configuration. The first is the default of the commands. */
export function stagesOf({ stages }: Config): readonly string[] {
  const names = Object.keys(stages ?? {});
  return names.length > 0 ? names : STAGES;
}

/**
 * One stage of a configuration with every default and every final name.
 *
 * @param stage default: the first stage of the configuration.
 * @throws {TricastError} `invalid-option` with all problems of the configuration, or for an unknown stage.
 * @example
 * const plan = resolvePlan({ service: "flowers", predictors: { iris: {} }, targets: { aws: { region: "eu-central-1" } } });
 */
export function resolvePlan(config: Config, stage?: string, measurements: Measurements = {}): ResolvedPlan {
  const parsed = parseConfig(config);
  const chosen = stage ?? (stagesOf(parsed)[0] as string);
  const staged = parseConfig(mergeStage(parsed, chosen));
  return {
    service: staged.service,
    stage: chosen,
    ...resolveClouds(staged, chosen, measurements),
    ...resolveContainers(staged, chosen),
  };
}

function resolveClouds(
  config: Config,
  stage: string,
  measurements: Measurements,
): Pick<ResolvedPlan, "aws" | "azure" | "gcp"> {
  const functions = (target: TargetName) =>
    predictorsOn(config, stage, target).map((one) =>
      resolveFunction(one, target, measurements[one.predictor]?.[target]),
    );
  const { aws, azure, gcp } = config.targets;
  return {
    aws: aws && {
      target: "aws",
      region: aws.region,
      alias: aws.alias ?? ALIAS,
      dashboard: aws.dashboard ?? isProduction(stage),
      snapStart: aws.snapStart ?? false,
      functions: functions("aws"),
    },
    azure: azure && {
      target: "azure",
      location: azure.location,
      resourceGroup: azure.resourceGroup ?? `${config.service}-${stage}`,
      plan: azure.plan ?? "flex-consumption",
      functions: functions("azure"),
    },
    gcp: gcp && {
      target: "gcp",
      project: gcp.project,
      region: gcp.region,
      runAs: gcp.runAs ?? "function",
      functions: functions("gcp"),
    },
  };
}

type ContainerPlans = Pick<ResolvedPlan, "kubernetes" | "ecs" | "sagemaker" | "vertex" | "azureMl" | "nginx">;

function resolveContainers(config: Config, stage: string): ContainerPlans {
  const on = (target: keyof TargetsConfig) => predictorsOn(config, stage, target);
  const instances = (target: "sagemaker" | "vertex" | "azureMl") =>
    on(target).map((one) => resolveInstance(one, target));
  const { kubernetes, ecs, sagemaker, vertex, azureMl, nginx } = config.targets;
  const { namespace, serviceAccountAnnotations = {} } = kubernetes ?? {};
  const { resourceGroup = "", workspace = "" } = azureMl ?? {};
  const { project = "", region = "" } = vertex ?? {};
  const pods = on("kubernetes").map(resolvePod);
  return {
    kubernetes: kubernetes && { target: "kubernetes", namespace, serviceAccountAnnotations, containers: pods },
    ecs: ecs && { target: "ecs", domain: ecs.domain, containers: on("ecs").map(resolveTask) },
    sagemaker: sagemaker && { target: "sagemaker", containers: instances("sagemaker") },
    vertex: vertex && { target: "vertex", project, region, containers: instances("vertex") },
    azureMl: azureMl && { target: "azureMl", resourceGroup, workspace, containers: instances("azureMl") },
    nginx: nginx && { target: "nginx", sites: on("nginx").map(resolveSite) },
  };
}

function mergeStage({ stages = {}, ...config }: Config, stage: string): Config {
  const known = stagesOf({ ...config, stages });
  if (known.includes(stage)) return overlay(config, stages[stage] ?? {});
  const fix = didYouMean(stage, known, `stages: ${known.join(", ")}`);
  throw invalidOption(`the configuration has no stage ${show(stage)}; ${fix}`);
}

function predictorsOn(config: Config, stage: string, target: keyof TargetsConfig): readonly StagedPredictor[] {
  return Object.entries(config.predictors)
    .filter(([, { targets }]) => targets?.includes(target) ?? true)
    .map(([predictor]) => ({ config, stage, predictor }));
}
