import type { Config, ResolvedFunction, ResolvedPlan, TargetName } from "@tricast/plan";
import type { Env } from "../io.ts";
import { runTool, type ToolResult } from "../tools/run-tool.ts";

/** The data of a deployment that the tools need. */
export interface Deployment {
  readonly target: TargetName;
  readonly plan: ResolvedPlan;
  /** For rendered files that cover every stage. */
  readonly config: Config;
  /** Folder of the configuration. */
  readonly folder: string;
  /** Folder that `tricast build` writes to. */
  readonly artefacts: string;
  readonly env: Env;
  /** Writes a line of progress. */
  readonly note: (line: string) => void;
}

/** A program that deploys a plan. */
export interface DeployTool {
  /** The value of `--via`. */
  readonly name: string;
  readonly targets: readonly TargetName[];
  /** Programs that must be on PATH. */
  programs(deployment: Deployment): readonly string[];
  /** Throws if the tool cannot deploy this. Called before anything is built. */
  check?(deployment: Deployment): void;
  /** Shows the changes, if the tool can. */
  prepare?(deployment: Deployment): Promise<void>;
  apply(deployment: Deployment): Promise<void>;
  /** The URL of each predictor that has an endpoint, by name. */
  endpoints(deployment: Deployment): Promise<Readonly<Record<string, string>>>;
}

export function functionsOf({ plan, target }: Deployment): readonly ResolvedFunction[] {
  return plan[target]?.functions ?? [];
}

/** Runs a program in the project folder and notes each line of its output. */
export function run(deployment: Deployment, name: string, args: readonly string[]): Promise<ToolResult> {
  const { folder, env, note } = deployment;
  return runTool(name, args, { cwd: folder, env, onLine: note });
}

/** Runs a program and returns its output without showing it. */
export function ask({ folder, env }: Deployment, name: string, args: readonly string[]): Promise<ToolResult> {
  return runTool(name, args, { cwd: folder, env });
}
