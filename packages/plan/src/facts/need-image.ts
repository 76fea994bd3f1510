import type { ResolvedContainer } from "../resolved-plan.ts";
import { invalidOption } from "./invalid-option.ts";

/** @throws {TricastError} `invalid-option` for a container without an image. */
export function needImage({ image, predictor, target }: ResolvedContainer): string {
  if (image !== undefined) return image;
  throw invalidOption(
    `image of ${predictor} on ${target} is missing; a container runs your own image; ` +
      `write image: "<registry>/<repository>:<tag>" under targets.${target} or predictors.${predictor}.on.${target}`,
  );
}
