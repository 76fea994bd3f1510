import type { Config, TargetName } from "@tricast/plan";

/** What doctor knows of where it runs. */
export interface Patient {
  readonly folder: string;
  readonly configFile: string | undefined;
  /** `undefined` where the configuration does not load; the check of it tells why. */
  readonly config: Config | undefined;
  readonly stage: string | undefined;
  /** Those to deploy to. */
  readonly targets: readonly TargetName[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Diagnosis {
  readonly status: "ok" | "warning" | "error";
  readonly finding: string;
  /** Empty where all is well. */
  readonly fix: string;
}

/** Something that must be so for a deployment to come to its end. */
export interface DoctorCheck {
  readonly name: string;
  /** Without targets: always. */
  readonly targets?: readonly TargetName[];
  examine(patient: Patient): Promise<Diagnosis>;
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
