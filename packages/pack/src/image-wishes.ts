import { TricastError } from "@tricast/core";
import type { BuildOptions } from "./build.ts";
import type { Arch } from "./files.ts";
import { parseReference } from "./image/index.ts";
import type { TargetRules } from "./targets/target.ts";

export const IMAGE_FORMATS = ["oci", "docker-archive"] as const;
/** A folder of the OCI image layout, or one file for `docker load`. */
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** A target and the architectures that it is built for. */
export interface Wanted {
  readonly rules: TargetRules;
  readonly archs: readonly Arch[];
}

type Wishes = Pick<BuildOptions, "base" | "push" | "imageFormat">;

export function isImage({ zipName }: TargetRules): boolean {
  return zipName === undefined;
}

/** Whether one image of all architectures is made: Lambda takes one manifest, so its images stay apart. */
export function becomesIndex({ rules, archs }: Wanted, { base }: Wishes): boolean {
  return base !== undefined && archs.length > 1 && isImage(rules) && rules.takesIndex === true;
}

/** The reference that an image is pushed to: `{predictor}` and `{target}` stand for their names. */
export function pushReference(push: string, predictor: string, { target }: TargetRules): string {
  return push.replaceAll("{predictor}", predictor).replaceAll("{target}", target);
}

/**
 * Refuses what no image could come of, before anything is built.
 * @throws {TricastError} `invalid-option`
 */
export function checkImageWishes(wanted: readonly Wanted[], predictor: string, wishes: Wishes): void {
  const { base, push, imageFormat } = wishes;
  const [asked] = Object.entries({ push, imageFormat, base }).filter(([, value]) => value !== undefined);
  if (asked === undefined) return;
  if (imageFormat !== undefined && !IMAGE_FORMATS.includes(imageFormat)) {
    throw invalid(`imageFormat is ${JSON.stringify(imageFormat)}; it must be ${IMAGE_FORMATS.join(" or ")}`);
  }
  const images = wanted.filter(({ rules }) => isImage(rules));
  const [first] = images;
  if (first === undefined) {
    const names = wanted.map(({ rules }) => rules.target).join(", ");
    throw invalid(
      `${asked[0]} is about an image, and ${names} gives none; build aws-lambda-image or container, or leave ${asked[0]} out`,
    );
  }
  if (base === undefined) {
    throw invalid(
      `${asked[0]} is about a finished image, which is built on a base; name one (--base), such as ${defaultBaseOf(first.rules)}`,
    );
  }
  for (const one of images) checkFormat(one, wishes);
  if (push !== undefined) checkPush(images, predictor, push);
}

function checkFormat(one: Wanted, wishes: Wishes): void {
  if (wishes.imageFormat !== "docker-archive" || !becomesIndex(one, wishes)) return;
  throw invalid(
    `imageFormat is "docker-archive", which holds one platform, and ${one.rules.target} is built for ${one.archs.join(" and ")} in one index; build one arch, or take "oci"`,
  );
}

function checkPush(images: readonly Wanted[], predictor: string, push: string): void {
  const taken = new Map<string, string>();
  for (const { rules, archs } of images) {
    if (archs.length > 1 && rules.takesIndex !== true) {
      throw invalid(
        `push is one reference, and ${rules.target} is built for ${archs.join(" and ")}: a Lambda function takes a single manifest, no index of several. Build each arch by itself, and push each under a tag of its own`,
      );
    }
    const reference = pushReference(push, predictor, rules);
    parseReference(reference);
    const other = taken.get(reference);
    if (other !== undefined) {
      throw invalid(
        `push is ${JSON.stringify(push)} for ${other} and ${rules.target} alike; build one of them, or put {target} into the reference`,
      );
    }
    taken.set(reference, rules.target);
  }
}

function defaultBaseOf({ image }: TargetRules): string | undefined {
  return image?.({ name: "", main: "", root: "", base: undefined }).defaultBase;
}

function invalid(message: string): TricastError {
  return new TricastError("invalid-option", message);
}
