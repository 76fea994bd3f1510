import { messageOf } from "@tricast/core/adapter";
import { type Diagnosis, error, type Patient } from "./check.ts";
import { DOCTOR_CHECKS } from "./checks.ts";

export interface NamedDiagnosis extends Diagnosis {
  readonly name: string;
}

/** Makes every check that matters for the targets. A check that fails itself is a finding too. */
export async function examine(patient: Patient): Promise<readonly NamedDiagnosis[]> {
  const checks = DOCTOR_CHECKS.filter(({ targets }) => targets?.some((one) => patient.targets.includes(one)) ?? true);
  return Promise.all(
    checks.map(async ({ name, examine: look }) => {
      const diagnosis = await look(patient).catch((problem: unknown) => error(messageOf(problem), "see the message"));
      return { name, ...diagnosis };
    }),
  );
}
