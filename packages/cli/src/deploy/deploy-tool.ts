import type { Config, ResolvedFunction, ResolvedPlan, TargetName } from "@tricast/plan";
import { runTool, type ToolResult } from "../tools/run-tool.ts";

/** A deployment under way: what the tools need of it. */
export interface Deployment {
  readonly target: TargetName;
  readonly plan: ResolvedPlan;
  /** For files that say what every stage is. */
  readonly config: Config;
  /** The project: where the configuration is. */
  readonly folder: string;
  /** Folder of `tricast build`. */
  readonly artefacts: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A line of progress. */
  readonly tell: (line: string) => void;
}

/** A program that brings a plan into a cloud. */
export interface DeployTool {
  /** What `--via` calls it. */
  readonly name: string;
  readonly targets: readonly TargetName[];
  /** Programs on PATH that it needs. */
  programs(deployment: Deployment): readonly string[];
  /** Throws for what stands in the way, before anything is built. */
  check?(deployment: Deployment): void;
  /** Shows what would change, where the tool can. */
  prepare?(deployment: Deployment): Promise<void>;
  apply(deployment: Deployment): Promise<void>;
  /** Where each predictor with an endpoint is mounted. */
  endpoints(deployment: Deployment): Promise<Readonly<Record<string, string>>>;
}

export function functionsOf({ plan, target }: Deployment): readonly ResolvedFunction[] {
  return plan[target]?.functions ?? [];
}

/** Runs a program in the project and tells each of its lines. */
export function run(deployment: Deployment, name: string, args: readonly string[]): Promise<ToolResult> {
  const { folder, env, tell } = deployment;
  return runTool(name, args, { cwd: folder, env, onLine: tell });
}

/** Runs a program for its answer, which is not shown. */
export function ask({ folder, env }: Deployment, name: string, args: readonly string[]): Promise<ToolResult> {
  return runTool(name, args, { cwd: folder, env });
}
