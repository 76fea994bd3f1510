import { TricastError } from "@tricast/core";
import type { TargetName } from "@tricast/plan";
import type { DeployTool } from "../deploy-tool.ts";
import { scripts } from "./scripts.ts";
import { serverless } from "./serverless.ts";
import { terraform } from "./terraform.ts";

/** Every tool; the first one of a target is its default. */
export const DEPLOY_TOOLS: readonly DeployTool[] = [serverless, terraform, scripts];

/** @throws {TricastError} `invalid-option` for a tool that does not know the target. */
export function chooseTool(target: TargetName, name: string | undefined): DeployTool {
  const fit = DEPLOY_TOOLS.filter(({ targets }) => targets.includes(target));
  const tool = name === undefined ? fit[0] : fit.find((one) => one.name === name);
  if (tool !== undefined) return tool;
  const names = fit.map((one) => one.name).join(" or ");
  throw new TricastError("invalid-option", `${name} does not deploy to ${target}; give --via ${names}`);
}
