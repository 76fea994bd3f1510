import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";
import type { ResolvedInstance } from "../resolved-plan.ts";

/**
 * vCPUs by the size in the name of a type, which is the same in every family (aws.amazon.com/sagemaker/ai/pricing).
 * @throws {TricastError} `invalid-option` for a size that tells no number.
 */
export function vcpusOf({ instanceType, predictor }: ResolvedInstance): number {
  const size = instanceType.split(".")[2] ?? "";
  if (size === "medium" || size === "large") return 2;
  const [, times] = /^(\d*)xlarge$/.exec(size) ?? [];
  if (times !== undefined) return VCPUS_OF_XLARGE * Number(times || 1);
  throw new TricastError(
    "invalid-option",
    `instanceType of ${predictor} on sagemaker is ${show(instanceType)}; its size must be medium, large, xlarge or ` +
      "<number>xlarge, because scaling counts its vCPUs; write ml.c6i.xlarge, or make maxInstances the same as warmInstances",
  );
}

const VCPUS_OF_XLARGE = 4;
