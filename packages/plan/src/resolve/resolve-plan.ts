import { TricastError } from "@tricast/core";
import { didYouMean, show } from "@tricast/core/adapter";
import type { Config, TargetName, TargetsConfig } from "../config.ts";
import { ALIAS, isProduction, STAGES } from "../facts/defaults.ts";
import type { Measured, ResolvedFunction, ResolvedPlan } from "../resolved-plan.ts";
import { overlay } from "./overlay.ts";
import { parseConfig } from "./parse-config.ts";
import type { StagedPredictor } from "./predictor-settings.ts";
import { resolveInstance, resolvePod, resolveSite, resolveTask } from "./resolve-container.ts";
import { resolveFunction } from "./resolve-function.ts";

/** What builds measured, by predictor and target. */
export type Measurements = Readonly<Record<string, { readonly [T in TargetName]?: Measured }>>;

/** The stages that a configuration has; the first is the default of the commands. */
export function stagesOf({ stages }: Config): readonly string[] {
  const names = Object.keys(stages ?? {});
  return names.length > 0 ? names : STAGES;
}

/**
 * One stage of a configuration with every default filled in and every name final.
 *
 * @param stage default: the configuration's first.
 * @throws {TricastError} `invalid-option` with every problem of the configuration at once, or for an unknown stage.
 * @example
 * const plan = resolvePlan({ service: "flowers", predictors: { iris: {} }, targets: { aws: { region: "eu-central-1" } } });
 */
export function resolvePlan(config: Config, stage?: string, measurements: Measurements = {}): ResolvedPlan {
  const parsed = parseConfig(config);
  const chosen = stage ?? (stagesOf(parsed)[0] as string);
  const staged = parseConfig(layStage(parsed, chosen));
  const functions = (target: TargetName) => functionsOf(staged, chosen, target, measurements);
  const { aws, azure, gcp } = staged.targets;
  return {
    service: staged.service,
    stage: chosen,
    aws: aws && {
      target: "aws",
      region: aws.region,
      alias: aws.alias ?? ALIAS,
      dashboard: aws.dashboard ?? isProduction(chosen),
      snapStart: aws.snapStart ?? false,
      functions: functions("aws"),
    },
    azure: azure && {
      target: "azure",
      location: azure.location,
      resourceGroup: azure.resourceGroup ?? `${staged.service}-${chosen}`,
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
    ...resolveContainers(staged, chosen),
  };
}

type ContainerPlans = Pick<ResolvedPlan, "kubernetes" | "ecs" | "sagemaker" | "vertex" | "azureMl" | "nginx">;

function resolveContainers(config: Config, stage: string): ContainerPlans {
  const each = <T>(target: keyof TargetsConfig, resolve: (one: StagedPredictor) => T): readonly T[] =>
    predictorsOn(config, target).map((predictor) => resolve({ config, stage, predictor }));
  const instances = (target: "sagemaker" | "vertex" | "azureMl") => each(target, (one) => resolveInstance(one, target));
  const { kubernetes, ecs, sagemaker, vertex, azureMl, nginx } = config.targets;
  const { namespace, serviceAccountAnnotations = {} } = kubernetes ?? {};
  const { resourceGroup = "", workspace = "" } = azureMl ?? {};
  const { project = "", region = "" } = vertex ?? {};
  return {
    kubernetes: kubernetes && {
      target: "kubernetes",
      namespace,
      serviceAccountAnnotations,
      containers: each("kubernetes", resolvePod),
    },
    ecs: ecs && { target: "ecs", domain: ecs.domain, containers: each("ecs", resolveTask) },
    sagemaker: sagemaker && { target: "sagemaker", containers: instances("sagemaker") },
    vertex: vertex && { target: "vertex", project, region, containers: instances("vertex") },
    azureMl: azureMl && { target: "azureMl", resourceGroup, workspace, containers: instances("azureMl") },
    nginx: nginx && { target: "nginx", sites: each("nginx", resolveSite) },
  };
}

function layStage({ stages = {}, ...config }: Config, stage: string): Config {
  const known = stagesOf({ ...config, stages });
  if (!known.includes(stage)) {
    const fix = didYouMean(stage, known, `stages: ${known.join(", ")}`);
    throw new TricastError("invalid-option", `the configuration has no stage ${show(stage)}; ${fix}`);
  }
  return overlay(config, stages[stage] ?? {});
}

function functionsOf(
  config: Config,
  stage: string,
  target: TargetName,
  measurements: Measurements,
): readonly ResolvedFunction[] {
  return predictorsOn(config, target).map((predictor) =>
    resolveFunction({ config, stage, predictor }, target, measurements[predictor]?.[target]),
  );
}

function predictorsOn({ predictors }: Config, target: keyof TargetsConfig): readonly string[] {
  return Object.entries(predictors)
    .filter(([, { targets }]) => targets === undefined || targets.includes(target))
    .map(([predictor]) => predictor);
}
