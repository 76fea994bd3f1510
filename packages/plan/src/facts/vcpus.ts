import { show } from "@tricast/core/adapter";
import type { ResolvedInstance } from "../resolved-plan.ts";
import { invalidOption } from "./invalid-option.ts";

/**
 * vCPUs from the size in the name of a type. A size has the same number in every family (aws.amazon.com/sagemaker/ai/pricing).
 * @throws {TricastError} `invalid-option` for a size without a known number.
 */
export function vcpusOf({ instanceType, predictor }: ResolvedInstance): number {
  const size = instanceType.split(".")[2] ?? "";
  if (size === "medium" || size === "large") return 2;
  const [, times] = /^(\d*)xlarge$/.exec(size) ?? [];
  if (times !== undefined) return VCPUS_OF_XLARGE * Number(times || 1);
  throw invalidOption(
    `instanceType of ${predictor} on sagemaker is ${show(instanceType)}; its size must be medium, large, xlarge or ` +
      "<number>xlarge, because scaling counts its vCPUs; write ml.c6i.xlarge, or set maxInstances to the number of warmInstances",
  );
}

const VCPUS_OF_XLARGE = 4;
