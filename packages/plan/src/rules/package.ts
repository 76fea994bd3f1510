import { remoteSchemeOf, remoteSchemesOf, STORE_SCHEMES, schemeOf } from "@tricast/core/adapter";
import { OWN_STORES } from "../facts/model-locations.ts";
import type { ResolvedFunction } from "../resolved-plan.ts";
import { functionRule, type Rule, type Violation } from "./rule.ts";

const LAMBDA_LIMITS = "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html";
const LAMBDA_UNZIPPED = 262_144_000;
const LAMBDA_IMAGE = 10_737_418_240;
const DIRECT_UPLOAD = 52_428_800;
const FLEX_STORAGE = 800_000_000;
const MIB = 1_048_576;
/** Of the memory, for what comes with requests. */
const HEADROOM = 0.9;

export const PACKAGE_RULES: readonly Rule[] = [
  functionRule({
    name: "lambda-unzipped-size",
    targets: ["aws"],
    why: "Lambda refuses a function that is over 250 MiB unpacked with all its layers.",
    source: LAMBDA_LIMITS,
    look: (fn) =>
      fn.packaging === "image"
        ? undefined
        : overSize(fn, LAMBDA_UNZIPPED, 'packaging: "image", arm64, or a model in a store'),
  }),
  functionRule({
    name: "lambda-image-size",
    targets: ["aws"],
    why: "Lambda refuses an image over 10 GiB.",
    source: LAMBDA_LIMITS,
    look: (fn) => (fn.packaging === "image" ? overSize(fn, LAMBDA_IMAGE, "a model in a store") : undefined),
  }),
  functionRule({
    name: "lambda-upload-size",
    severity: "warning",
    targets: ["aws"],
    why: "A zip over 50 MB cannot be sent to Lambda directly; it has to go through a bucket.",
    source: LAMBDA_LIMITS,
    look: ({ measured, packaging }) =>
      packaging === "image"
        ? []
        : (measured?.artefacts ?? [])
            .filter(({ bytes }) => bytes > DIRECT_UPLOAD)
            .map(({ file, bytes }) => ({
              field: "packaging",
              seen: `${file} of ${showMb(bytes)}`,
              fix: packaging === "zip" ? 'packaging: "layers"' : "a model in a store",
            })),
  }),
  functionRule({
    name: "flex-package-size",
    targets: ["azure"],
    why: "A Flex Consumption instance has 0.8 GB of temporary storage, and the package is unpacked there.",
    source: "learn.microsoft.com/azure/azure-functions/functions-scale#service-limits",
    look: (fn) => overSize(fn, FLEX_STORAGE, "a smaller model, or a target that takes images"),
  }),
  functionRule({
    name: "flex-takes-no-image",
    targets: ["azure"],
    why: "A Flex Consumption plan runs code and no containers.",
    source: "learn.microsoft.com/azure/azure-functions/functions-scale#operating-system-support",
    look: ({ packaging }) =>
      packaging === "image" ? { field: "packaging", seen: '"image"', fix: 'packaging: "zip"' } : undefined,
  }),
  functionRule({
    name: "layers-aws-only",
    targets: ["azure", "gcp"],
    why: "Layers are Lambda's; Azure and Google take one zip.",
    source: "tricast: Settings.packaging",
    look: ({ packaging }) =>
      packaging === "layers"
        ? { field: "packaging", seen: '"layers"', fix: "leave it out here, or set it under targets.aws" }
        : undefined,
  }),
  functionRule({
    name: "function-takes-no-image",
    targets: ["gcp"],
    why: "A Cloud Run function is built from source; an image runs as a service.",
    source: "cloud.google.com/run/docs/deploying",
    look: ({ packaging }, { plan }) =>
      packaging === "image" && plan.gcp?.runAs === "function"
        ? { field: "packaging", seen: '"image" as a function', fix: 'set runAs: "service" under targets.gcp' }
        : undefined,
  }),
  functionRule({
    name: "service-needs-image",
    targets: ["gcp"],
    why: "A Cloud Run service runs an image; the source zip is for functions.",
    source: "cloud.google.com/run/docs/deploying",
    look: ({ packaging }, { plan }) =>
      packaging === "zip" && plan.gcp?.runAs === "service"
        ? { field: "packaging", seen: '"zip" as a service', fix: 'packaging: "image", or runAs: "function"' }
        : undefined,
  }),
  functionRule({
    name: "image-missing",
    targets: ["aws", "gcp"],
    why: "Only you know the registry that the image is in.",
    source: "tricast: Settings.image",
    look: ({ packaging, image, target }, { plan }) =>
      packaging === "image" && image === undefined && (target === "aws" || plan.gcp?.runAs === "service")
        ? { field: "image", seen: "nothing", fix: 'write image: "<registry>/<repository>:<tag>"' }
        : undefined,
  }),
  functionRule({
    name: "image-unused",
    severity: "warning",
    why: "The image is named and would not be run.",
    source: "tricast: Settings.image",
    look: ({ packaging, image }) =>
      image !== undefined && packaging !== "image"
        ? { field: "image", seen: `${image} with packaging "${packaging}"`, fix: 'packaging: "image"' }
        : undefined,
  }),
  functionRule({
    name: "image-tag-moves",
    severity: "warning",
    why: "What :latest means changes without a deployment, and rolling back does not bring it back.",
    source: "docs.aws.amazon.com/lambda/latest/dg/images-create.html",
    look: ({ packaging, image }) =>
      packaging === "image" && image !== undefined && !/@sha256:|:(?!latest$)[^/:]+$/.test(image)
        ? { field: "image", seen: image, fix: "name a version, or the digest" }
        : undefined,
  }),
  functionRule({
    name: "image-registry",
    targets: ["aws"],
    why: "Lambda pulls images from Amazon ECR in its own region only.",
    source: "docs.aws.amazon.com/lambda/latest/dg/images-create.html",
    look({ packaging, image }, { plan }) {
      if (packaging !== "image" || image === undefined) return undefined;
      if (image.includes(`.dkr.ecr.${plan.aws?.region}.amazonaws.com/`)) return undefined;
      return { field: "image", seen: image, fix: `push it to <account>.dkr.ecr.${plan.aws?.region}.amazonaws.com` };
    },
  }),
  functionRule({
    name: "scratch-below-model",
    targets: ["aws", "azure"],
    why: "A model from a store is fetched into the scratch folder, where it does not fit.",
    source: LAMBDA_LIMITS,
    look({ models, scratchMb, measured }) {
      const bytes = measured?.modelBytes ?? 0;
      if (!fetchesModels(models) || bytes <= scratchMb * MIB) return undefined;
      const fix = `take at least ${Math.ceil(bytes / MIB)} MB`;
      return { field: "scratchMb", seen: `${scratchMb} MB for models of ${showMb(bytes)}`, fix };
    },
  }),
  functionRule({
    name: "gcp-model-in-memory",
    severity: "warning",
    targets: ["gcp"],
    why: "Files that an instance of Google writes lie in its memory: a fetched model counts twice, as a file and loaded.",
    source: "cloud.google.com/run/docs/container-contract#filesystem",
    look({ models, memoryMb, measured }) {
      const bytes = 2 * (measured?.modelBytes ?? 0);
      if (!fetchesModels(models) || bytes <= memoryMb * MIB * HEADROOM) return undefined;
      const seen = `${memoryMb} MB for twice ${showMb(bytes / 2)}`;
      return { field: "memoryMb", seen, fix: `take at least ${Math.ceil(bytes / MIB / HEADROOM)} MB` };
    },
  }),
  functionRule({
    name: "memory-below-need",
    why: "Start and first prediction were measured to need more memory than there is: the platform would stop the instance.",
    source: "tricast: peakMemoryBytes of the build",
    look({ memoryMb, measured }) {
      const bytes = measured?.peakMemoryBytes ?? 0;
      if (bytes <= memoryMb * MIB * HEADROOM) return undefined;
      const fix = `take at least ${Math.ceil(bytes / MIB / HEADROOM)} MB`;
      return { field: "memoryMb", seen: `${memoryMb} MB, and ${showMb(bytes)} were needed`, fix };
    },
  }),
  functionRule({
    name: "model-scheme",
    why: "Models are read from s3, gs, az and https addresses; plain http would let anybody on the way change them.",
    source: "docs/guides/models-in-a-store.md",
    look: ({ models }) =>
      Object.entries(models)
        .filter(([, uri]) => uri.includes("://") && !Object.hasOwn(STORE_SCHEMES, schemeOf(uri) ?? ""))
        .map(([name, uri]) => modelViolation(name, uri, "put it into a store that can be read")),
  }),
  functionRule({
    name: "model-prefix-missing",
    why: "The permission to read is given for the model's prefix; without one it would cover the whole bucket.",
    source: "docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    look: ({ models }) =>
      Object.entries(models)
        .filter(([, uri]) => /^(s3|gs):\/\/[^/]+\/?$|^az:\/\/[^/]+\/[^/]+\/?$/.test(uri))
        .map(([name, uri]) => modelViolation(name, uri, `name the folder: ${uri.replace(/\/$/, "")}/models/name`)),
  }),
  functionRule({
    name: "model-in-another-cloud",
    severity: "warning",
    why: "An instance has no identity in another cloud, and every cold start pays for the way out of it.",
    source: "docs/guides/models-in-a-store.md",
    look: ({ models, target }) =>
      Object.entries(models)
        .filter(([, uri]) => isInCloud(uri) && remoteSchemeOf(uri) !== OWN_STORES[target])
        .map(([name, uri]) =>
          modelViolation(name, uri, `copy it to ${OWN_STORES[target]}:// and name that under this target`),
        ),
  }),
];

function overSize({ measured, packaging }: ResolvedFunction, most: number, ways: string): Violation | undefined {
  const bytes = (measured?.artefacts ?? []).reduce((sum, { unzippedBytes }) => sum + unzippedBytes, 0);
  return bytes <= most
    ? undefined
    : { field: "packaging", seen: `${showMb(bytes)} as "${packaging}"`, fix: `at most ${showMb(most)}: ${ways}` };
}

function fetchesModels(models: ResolvedFunction["models"]): boolean {
  return remoteSchemesOf(Object.values(models)).length > 0;
}

function isInCloud(uri: string): boolean {
  return ![undefined, "https"].includes(remoteSchemeOf(uri));
}

function modelViolation(name: string, uri: string, fix: string): Violation {
  return { field: name === "model" ? "model" : `model.${name}`, seen: uri, fix };
}

function showMb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
