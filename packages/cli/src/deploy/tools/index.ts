import type { TargetName } from "@tricast/plan";
import { invalidOption } from "../../usage-error.ts";
import type { DeployTool } from "../deploy-tool.ts";
import { scripts } from "./scripts.ts";
import { serverless } from "./serverless.ts";
import { terraform } from "./terraform.ts";

/** Every tool. The first that supports a target is the default of the target. */
export const DEPLOY_TOOLS: readonly DeployTool[] = [serverless, terraform, scripts];

/** @throws {TricastError} `invalid-option` if the tool does not support the target. */
export function chooseTool(target: TargetName, name: string | undefined): DeployTool {
  const fit = DEPLOY_TOOLS.filter(({ targets }) => targets.includes(target));
  const tool = name === undefined ? fit[0] : fit.find((one) => one.name === name);
  if (tool !== undefined) return tool;
  const names = fit.map((one) => one.name).join(" or ");
  throw invalidOption(`${name} does not deploy to ${target}; give --via ${names}`);
}
