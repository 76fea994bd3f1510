import { Admission } from "../../src/admission/admission.ts";

/** One prediction at a time, and no queue. */
export function smallAdmission(): Admission {
  return new Admission({ maxInFlight: 1, maxQueue: 0, bodyBytes: 1_000, valueBytes: 1_000, shared: false });
}
