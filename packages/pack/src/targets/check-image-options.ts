import type { TricastError } from "@tricast/core";
import type { BuildOptions } from "../build-options.ts";
import { invalidOption } from "../errors.ts";
import { parseReference } from "../image/registry/reference.ts";
import { IMAGE_FORMATS } from "../output/image-format.ts";
import type { ChosenTarget } from "./choose-targets.ts";

type ImageOptions = Pick<BuildOptions, "base" | "push" | "imageFormat">;

/** Whether one image of all architectures is made: Lambda takes one manifest, so its images stay apart. */
export function becomesIndex({ rules, archs }: ChosenTarget, { base }: ImageOptions): boolean {
  return base !== undefined && archs.length > 1 && rules.image?.takesIndex === true;
}

/** The reference that an image is pushed to: `{predictor}` and `{target}` are replaced by their names. */
export function pushReference(push: string, predictor: string, target: string): string {
  return push.replaceAll("{predictor}", predictor).replaceAll("{target}", target);
}

/**
 * Refuses options that cannot give an image, before anything is built.
 * @throws {TricastError} `invalid-option`
 */
export function checkImageOptions(chosen: readonly ChosenTarget[], predictor: string, options: ImageOptions): void {
  const { base, push, imageFormat } = options;
  const [asked] = Object.entries({ push, imageFormat, base }).filter(([, value]) => value !== undefined);
  if (asked === undefined) return;
  if (imageFormat !== undefined && !IMAGE_FORMATS.includes(imageFormat))
    throw invalid(`imageFormat is ${JSON.stringify(imageFormat)}; it must be ${IMAGE_FORMATS.join(" or ")}`);
  const images = chosen.filter(({ rules }) => rules.image !== undefined);
  const [first] = images;
  if (first === undefined) {
    const names = chosen.map(({ target }) => target).join(", ");
    throw invalid(
      `${asked[0]} is about an image, and ${names} gives none; build aws-lambda-image or container, or leave ${asked[0]} out`,
    );
  }
  if (base === undefined)
    throw invalid(
      `${asked[0]} is about a finished image, which is built on a base; name one (--base), such as ${first.rules.image?.defaultBase}`,
    );
  for (const one of images) checkFormat(one, options);
  if (push !== undefined) checkPush(images, predictor, push);
}

function checkFormat(one: ChosenTarget, options: ImageOptions): void {
  if (options.imageFormat !== "docker-archive" || !becomesIndex(one, options)) return;
  throw invalid(
    `imageFormat is "docker-archive", which holds one platform, and ${one.target} is built for ${one.archs.join(" and ")} in one index; build one arch, or take "oci"`,
  );
}

function checkPush(images: readonly ChosenTarget[], predictor: string, push: string): void {
  const taken = new Map<string, string>();
  for (const { target, rules, archs } of images) {
    if (archs.length > 1 && rules.image?.takesIndex !== true)
      throw invalid(
        `push is one reference, and ${target} is built for ${archs.join(" and ")}: a Lambda function takes a single manifest, no index of several. Build each arch by itself, and push each under a tag of its own`,
      );
    const reference = pushReference(push, predictor, target);
    parseReference(reference);
    const other = taken.get(reference);
    if (other !== undefined)
      throw invalid(
        `push is ${JSON.stringify(push)} for ${other} and ${target} alike; build one of them, or put {target} into the reference`,
      );
    taken.set(reference, target);
  }
}

function invalid(message: string): TricastError {
  return invalidOption(message);
}
