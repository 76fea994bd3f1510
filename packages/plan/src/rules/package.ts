import { remoteSchemeOf, remoteSchemesOf, STORE_SCHEMES, schemeOf } from "@tricast/core/adapter";
import { OWN_STORES } from "../facts/model-locations.ts";
import type { ResolvedFunction } from "../resolved-plan.ts";
import { functionRule, type Rule, type Violation, violation } from "./rule.ts";

const LAMBDA_LIMITS = "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";
const LAMBDA_UNZIPPED = 262_144_000;
const LAMBDA_IMAGE = 10_737_418_240;
const DIRECT_UPLOAD = 52_428_800;
const FLEX_STORAGE = 800_000_000;
const MIB = 1_048_576;
/** The share of the memory that a model may use. Requests need the rest. */
const HEADROOM = 0.9;

export const PACKAGE_RULES: readonly Rule[] = [
  functionRule("lambda-unzipped-size", ["aws"], {
    why: "Lambda refuses a function of more than 250 MiB unpacked, with all its layers.",
    source: LAMBDA_LIMITS,
    look: (fn) =>
      fn.packaging !== "image" &&
      overSize(fn, LAMBDA_UNZIPPED, 'set packaging: "image", build for arm64, or put the model into a store'),
  }),
  functionRule("lambda-image-size", ["aws"], {
    why: "Lambda refuses an image of more than 10 GiB.",
    source: LAMBDA_LIMITS,
    look: (fn) => fn.packaging === "image" && overSize(fn, LAMBDA_IMAGE, "put the model into a store"),
  }),
  functionRule("lambda-upload-size", ["aws"], {
    severity: "warning",
    why: "A zip of more than 50 MB cannot be uploaded to Lambda directly. It needs a bucket.",
    source: LAMBDA_LIMITS,
    look({ measured, packaging }) {
      if (packaging === "image") return undefined;
      const large = measured?.artefacts.filter(({ bytes }) => bytes > DIRECT_UPLOAD) ?? [];
      const fix = packaging === "zip" ? 'set packaging: "layers"' : "put the model into a store";
      return large.map(({ file, bytes }) => violation("packaging", `${file} of ${showMb(bytes)}`, fix));
    },
  }),
  functionRule("flex-package-size", ["azure"], {
    why: "A Flex Consumption instance has 0.8 GB of temporary storage and unpacks the package there.",
    source: "learn.microsoft.com/azure/azure-functions/functions-scale#service-limits",
    look: (fn) => overSize(fn, FLEX_STORAGE, "use a smaller model, or a target that accepts images"),
  }),
  functionRule("flex-takes-no-image", ["azure"], {
    why: "A Flex Consumption plan runs code, not containers.",
    source: "learn.microsoft.com/azure/azure-functions/functions-scale#operating-system-support",
    look: ({ packaging }) => packaging === "image" && violation("packaging", '"image"', 'set packaging: "zip"'),
  }),
  functionRule("layers-aws-only", ["azure", "gcp"], {
    why: "Only Lambda has layers. Azure and Google accept one zip.",
    source: "tricast: Settings.packaging",
    look: ({ packaging }) =>
      packaging === "layers" && violation("packaging", '"layers"', "remove it here, or set it under targets.aws"),
  }),
  functionRule("function-takes-no-image", ["gcp"], {
    why: "Google builds a Cloud Run function from source. An image runs as a service.",
    source: "cloud.google.com/run/docs/deploying",
    look: ({ packaging }, { gcp }) =>
      packaging === "image" &&
      gcp?.runAs === "function" &&
      violation("packaging", '"image" as a function', 'set runAs: "service" under targets.gcp'),
  }),
  functionRule("service-needs-image", ["gcp"], {
    why: "A Cloud Run service runs an image. The source zip is for functions.",
    source: "cloud.google.com/run/docs/deploying",
    look: ({ packaging }, { gcp }) =>
      packaging === "zip" &&
      gcp?.runAs === "service" &&
      violation("packaging", '"zip" as a service', 'set packaging: "image", or runAs: "function"'),
  }),
  functionRule("image-missing", ["aws", "gcp"], {
    why: "An image is needed, and only you know its registry.",
    source: "tricast: Settings.image",
    look: ({ packaging, image, target }, { gcp }) =>
      packaging === "image" &&
      image === undefined &&
      (target === "aws" || gcp?.runAs === "service") &&
      violation("image", "not set", 'write image: "<registry>/<repository>:<tag>"'),
  }),
  functionRule("image-unused", "all", {
    severity: "warning",
    why: "The configuration names an image, but this packaging does not use it.",
    source: "tricast: Settings.image",
    look: ({ packaging, image }) =>
      image !== undefined &&
      packaging !== "image" &&
      violation("image", `${image} with packaging "${packaging}"`, 'set packaging: "image", or remove image'),
  }),
  functionRule("image-tag-moves", "all", {
    severity: "warning",
    why: "The image of :latest changes without a deployment, and a rollback does not restore it.",
    source: "docs.aws.amazon.com/lambda/latest/dg/images-create.html",
    look: ({ packaging, image }) =>
      packaging === "image" &&
      image !== undefined &&
      !/@sha256:|:(?!latest$)[^/:]+$/.test(image) &&
      violation("image", image, "name a version, or the digest"),
  }),
  functionRule("image-registry", ["aws"], {
    why: "Lambda pulls images from Amazon ECR in its own region only.",
    source: "docs.aws.amazon.com/lambda/latest/dg/images-create.html",
    look({ packaging, image }, { aws }) {
      const registry = `.dkr.ecr.${aws?.region}.amazonaws.com`;
      if (packaging !== "image" || image === undefined || image.includes(`${registry}/`)) return undefined;
      return violation("image", image, `push it to <account>${registry}`);
    },
  }),
  functionRule("scratch-below-model", ["aws", "azure"], {
    why: "A model from a store is downloaded to the scratch folder. The folder is too small for it.",
    source: LAMBDA_LIMITS,
    look({ models, scratchMb, measured }) {
      const bytes = measured?.modelBytes ?? 0;
      if (!downloadsModels(models) || bytes <= scratchMb * MIB) return undefined;
      const fix = `set at least ${Math.ceil(bytes / MIB)} MB`;
      return violation("scratchMb", `${scratchMb} MB for models of ${showMb(bytes)}`, fix);
    },
  }),
  functionRule("gcp-model-in-memory", ["gcp"], {
    severity: "warning",
    why: "On Google, written files use the memory of the instance. A downloaded model counts twice: as a file and as a loaded model.",
    source: "cloud.google.com/run/docs/container-contract#filesystem",
    look({ models, memoryMb, measured }) {
      const bytes = measured?.modelBytes ?? 0;
      return downloadsModels(models) && belowNeed(memoryMb, 2 * bytes, `for twice ${showMb(bytes)}`);
    },
  }),
  functionRule("memory-below-need", "all", {
    why: "A measurement of start and first prediction needed more memory than this. The platform would stop the instance.",
    source: "tricast: peakMemoryBytes of the build",
    look({ memoryMb, measured }) {
      const bytes = measured?.peakMemoryBytes ?? 0;
      return belowNeed(memoryMb, bytes, `and a measured need of ${showMb(bytes)}`);
    },
  }),
  functionRule("model-scheme", "all", {
    why: "Models are read from s3, gs, az and https addresses. With plain http, others on the network could change the model.",
    source: "docs/guides/models-in-a-store.md",
    look: ({ models }) =>
      wrongModels(
        models,
        (uri) => uri.includes("://") && !Object.hasOwn(STORE_SCHEMES, schemeOf(uri) ?? ""),
        () => "put it into a supported store",
      ),
  }),
  functionRule("model-prefix-missing", "all", {
    why: "The permission to read covers the prefix of the model. Without a prefix it would cover the whole bucket.",
    source: "docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    look: ({ models }) =>
      wrongModels(
        models,
        (uri) => /^(s3|gs):\/\/[^/]+\/?$|^az:\/\/[^/]+\/[^/]+\/?$/.test(uri),
        (uri) => `name the folder: ${uri.replace(/\/$/, "")}/models/name`,
      ),
  }),
  functionRule("model-in-another-cloud", "all", {
    severity: "warning",
    why: "An instance has no identity in another cloud, and you pay for the transfer at every cold start.",
    source: "docs/guides/models-in-a-store.md",
    look: ({ models, target }) =>
      wrongModels(
        models,
        (uri) => ![undefined, "https", OWN_STORES[target]].includes(remoteSchemeOf(uri)),
        () => `copy it to ${OWN_STORES[target]}:// and set that address under this target`,
      ),
  }),
];

function overSize({ measured, packaging }: ResolvedFunction, most: number, ways: string): Violation | undefined {
  const bytes = (measured?.artefacts ?? []).reduce((sum, { unzippedBytes }) => sum + unzippedBytes, 0);
  if (bytes <= most) return undefined;
  return violation("packaging", `${showMb(bytes)} as "${packaging}"`, `${ways}: the limit is ${showMb(most)}`);
}

/** @param reason the need for these bytes, as text after the size of the memory. */
function belowNeed(memoryMb: number, bytes: number, reason: string): Violation | undefined {
  if (bytes <= memoryMb * MIB * HEADROOM) return undefined;
  return violation("memoryMb", `${memoryMb} MB ${reason}`, `set at least ${Math.ceil(bytes / MIB / HEADROOM)} MB`);
}

function downloadsModels(models: ResolvedFunction["models"]): boolean {
  return remoteSchemesOf(Object.values(models)).length > 0;
}

function wrongModels(
  models: ResolvedFunction["models"],
  isWrong: (uri: string) => boolean,
  fixOf: (uri: string) => string,
): readonly Violation[] {
  return Object.entries(models)
    .filter(([, uri]) => isWrong(uri))
    .map(([name, uri]) => violation(name === "model" ? "model" : `model.${name}`, uri, fixOf(uri)));
}

function showMb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
