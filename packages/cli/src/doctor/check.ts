import type { Config, TargetName } from "@tricast/plan";
import type { Env } from "../io.ts";

/** The project that the checks examine. */
export interface DoctorContext {
  readonly folder: string;
  readonly configFile: string | undefined;
  /** `undefined` if the configuration does not load, which a check reports. */
  readonly config: Config | undefined;
  readonly stage: string | undefined;
  /** The targets to deploy to. */
  readonly targets: readonly TargetName[];
  readonly env: Env;
}

export interface Diagnosis {
  readonly status: "ok" | "warning" | "error";
  readonly finding: string;
  /** Empty if the check passed. */
  readonly fix: string;
}

/** A requirement of a deployment. */
export interface DoctorCheck {
  readonly name: string;
  /** The targets that need the check. Default: all. */
  readonly targets?: readonly TargetName[];
  examine(context: DoctorContext): Promise<Diagnosis>;
}

export function ok(finding: string): Diagnosis {
  return { status: "ok", finding, fix: "" };
}

export function error(finding: string, fix: string): Diagnosis {
  return { status: "error", finding, fix };
}

export function warning(finding: string, fix: string): Diagnosis {
  return { status: "warning", finding, fix };
}
