import type { BuildOptions } from "../build-options.ts";
import { invalidOption } from "../errors.ts";
import { parseReference } from "../image/registry/reference.ts";
import { IMAGE_FORMATS } from "../output/image-format.ts";
import type { ChosenTarget } from "./choose-targets.ts";

type ImageOptions = Pick<BuildOptions, "base" | "push" | "imageFormat">;

/** Whether the architectures become one image with an index. Lambda takes one manifest, so its images stay separate. */
export function becomesIndex({ rules, archs }: ChosenTarget, { base }: ImageOptions): boolean {
  return base !== undefined && archs.length > 1 && rules.image?.takesIndex === true;
}

/** The reference for a push: `{predictor}` and `{target}` are replaced by their names. */
export function pushReference(push: string, predictor: string, target: string): string {
  return push.replaceAll("{predictor}", predictor).replaceAll("{target}", target);
}

/**
 * Refuses options that contradict each other, before anything is built.
 * @throws {TricastError} `invalid-option`
 */
export function checkImageOptions(chosen: readonly ChosenTarget[], predictor: string, options: ImageOptions): void {
  const { base, push, imageFormat } = options;
  const [asked] = Object.entries({ push, imageFormat, base }).filter(([, value]) => value !== undefined);
  if (asked === undefined) return;
  if (imageFormat !== undefined && !IMAGE_FORMATS.includes(imageFormat))
    throw invalidOption(`imageFormat is ${JSON.stringify(imageFormat)}; it must be ${IMAGE_FORMATS.join(" or ")}`);
  const images = chosen.filter(({ rules }) => rules.image !== undefined);
  const [first] = images;
  if (first === undefined) {
    const names = chosen.map(({ target }) => target).join(", ");
    throw invalidOption(
      `${asked[0]} is for images, and ${names} makes no image; build aws-lambda-image or container, or remove ${asked[0]}`,
    );
  }
  if (base === undefined)
    throw invalidOption(
      `${asked[0]} is for a finished image, which needs a base; set one (--base), such as ${first.rules.image?.defaultBase}`,
    );
  for (const one of images) checkFormat(one, options);
  if (push !== undefined) checkPush(images, predictor, push);
}

function checkFormat(one: ChosenTarget, options: ImageOptions): void {
  if (options.imageFormat !== "docker-archive" || !becomesIndex(one, options)) return;
  throw invalidOption(
    `imageFormat is "docker-archive", which holds one platform, and ${one.target} is built for ${one.archs.join(" and ")} in one index; build one arch, or use "oci"`,
  );
}

function checkPush(images: readonly ChosenTarget[], predictor: string, push: string): void {
  const taken = new Map<string, string>();
  for (const { target, rules, archs } of images) {
    if (archs.length > 1 && rules.image?.takesIndex !== true)
      throw invalidOption(
        `push is one reference, and ${target} is built for ${archs.join(" and ")}: a Lambda function takes one manifest, not an index. Build each arch separately, and push each under its own tag`,
      );
    const reference = pushReference(push, predictor, target);
    parseReference(reference);
    const other = taken.get(reference);
    if (other !== undefined)
      throw invalidOption(
        `push is ${JSON.stringify(push)} for both ${other} and ${target}; build one of them, or put {target} into the reference`,
      );
    taken.set(reference, target);
  }
}
