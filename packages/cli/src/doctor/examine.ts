import { messageOf } from "@tricast/core/adapter";
import { type Diagnosis, type DoctorContext, error } from "./check.ts";
import { DOCTOR_CHECKS } from "./checks.ts";

export interface NamedDiagnosis extends Diagnosis {
  readonly name: string;
}

/** Runs every check that the targets need. A check that throws is an error in the result. */
export async function examine(context: DoctorContext): Promise<readonly NamedDiagnosis[]> {
  const checks = DOCTOR_CHECKS.filter(({ targets }) => targets?.some((one) => context.targets.includes(one)) ?? true);
  return Promise.all(
    checks.map(async ({ name, examine: look }) => {
      const diagnosis = await look(context).catch((problem: unknown) =>
        error(messageOf(problem), "correct what the message names"),
      );
      return { name, ...diagnosis };
    }),
  );
}
