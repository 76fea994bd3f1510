import { TricastError } from "@tricast/core";
import type { ResolvedContainer } from "../resolved-plan.ts";

/** @throws {TricastError} `invalid-option` where no image is named: without one there is nothing to run. */
export function needImage({ image, predictor, target }: ResolvedContainer): string {
  if (image !== undefined) return image;
  throw new TricastError(
    "invalid-option",
    `image of ${predictor} on ${target} is missing; a container runs an image of yours; ` +
      `write image: "<registry>/<repository>:<tag>" under targets.${target} or predictors.${predictor}.on.${target}`,
  );
}
