import { checkLimit } from "./budget/check-budget.ts";
import type { Plan } from "./build-one.ts";
import type { ImageReport } from "./image/index.ts";
import { pushReference } from "./image-wishes.ts";
import type { ImageRequest } from "./output/make-image.ts";
import type { ImageRules } from "./targets/target.ts";

/** Plans of one target, each for another architecture. */
export type Plans = readonly [Plan, ...Plan[]];

export function imageRules({ rules: { image, target }, definition, collected, project, base }: Plan): ImageRules {
  if (image === undefined) throw new RangeError(`${target} has neither a zip nor an image`);
  return image({ name: definition.name, main: collected.main, root: project.root, base });
}

/** What is to be made of the plans: one image, or an index with one for each. */
export function imageRequest(plans: Plans): ImageRequest {
  const [plan] = plans;
  const { base, push, imageFormat = "oci", insecure } = plan.options;
  if (base === undefined) throw new RangeError("an image has a base");
  return {
    base,
    groups: Object.fromEntries(plans.map(({ arch, collected }) => [arch, collected.groups])),
    rules: imageRules(plan),
    epoch: plan.epoch,
    format: imageFormat,
    tag: tagOf(plan),
    push: push === undefined ? undefined : pushReference(push, plan.project.name, plan.rules),
    insecure,
    check: (image) => checkImage(plan, image),
  };
}

/** Everything but the files that can change a byte of the image. */
export function imageFacts(plans: Plans): unknown {
  const { format, tag, rules } = imageRequest(plans);
  return [plans.map(({ arch, base }) => [arch, base?.digest, base?.reference]), format, tag, rules];
}

/** The name that `docker load` gives the image: that in the registry, or else the predictor's. */
function tagOf({ options: { push }, project, rules, definition: { name, version } }: Plan): string {
  if (push !== undefined) return pushReference(push, project.name, rules);
  return `${name.toLowerCase()}:${version.replace(/[^\w.-]/g, "-")}`;
}

function checkImage({ rules, arch }: Plan, { platforms }: Pick<ImageReport, "platforms">): void {
  for (const { platform, size, layers } of platforms) {
    const of = layers.map(({ name, size }) => ({ path: `the ${name} layer`, bytes: size }));
    const what = `the image of ${rules.target} for ${platform}`;
    checkLimit(rules.budget.imageBytes, { what, amount: size, of }, rules.waysOut(arch));
  }
}
