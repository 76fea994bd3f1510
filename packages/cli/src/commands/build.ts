import { basename, relative, resolve } from "node:path";
import type { TricastError } from "@tricast/core";
import { REMOTE_SCHEMES } from "@tricast/core/adapter";
import type { BuildResult, Target } from "@tricast/pack";
import { ARCHS, FORMATS, IMAGE_FORMATS, TARGET_NAMES } from "@tricast/pack/choices";
import { defineCommand } from "../command.ts";
import { type Outcome, progress } from "../io.ts";
import { defaulted, manyArguments, oneOf, optional, repeated, switchOn, type UnnamedOption } from "../options.ts";
import { formatBytes, table } from "../table.ts";
import { invalidOption } from "../usage-error.ts";

const ALL = "all";
const CHOICES = [...TARGET_NAMES, ALL] as const;

export const build = defineCommand({
  path: ["build"],
  summary: "Builds the artefacts of each cloud: zips, layers, or the files of an image.",
  details: [
    `The target ${ALL} builds every target for which a predictor has a handler file. Each target and architecture has its own ` +
      "output folder, with a bill of materials and a build.json that describes it. A folder is replaced as a whole, and " +
      "only when something changed. Equal sources give equal bytes. Nothing is installed. Only the base of an image is " +
      "downloaded.",
  ],
  arguments: {
    targets: manyArguments("TARGET", `What to build: ${CHOICES.join(", ")}.`, oneOf(CHOICES)),
  },
  options: {
    predictor: repeated(
      "NAME",
      "A predictor's folder, or its name in the handlers folder. Without it: all predictors.",
    ),
    handlers: defaulted("DIR", "Folder that holds the predictors' folders.", { fallback: "handlers" }),
    arch: listed("ARCH", "x64, arm64, or x64,arm64 for both (one image with an index). Without it: x64.", ARCHS),
    out: defaulted("DIR", "Output folder. Artefacts go to DIR/PREDICTOR/TARGET-ARCH.", { fallback: ".tricast" }),
    format: defaulted("FORMAT", "Format of the bundle: cjs starts faster and finds packages in layers; or esm.", {
      parse: oneOf(FORMATS),
      fallback: "cjs",
    }),
    layers: switchOn("Puts the runtime and the model of a Lambda function into layers, even when one zip is enough."),
    upload: defaulted("WAY", "How a Lambda zip is uploaded: direct (up to 50 MB) or s3.", {
      parse: oneOf(["direct", "s3"]),
      fallback: "direct",
    }),
    include: repeated("GLOB", "Further files of a predictor's folder to include."),
    storeKind: repeated(
      "KIND",
      `Includes the reader for models at addresses of this kind (${REMOTE_SCHEMES.join(", ")}) that are set at run time.`,
      oneOf(REMOTE_SCHEMES),
    ),
    managedInstances: switchOn(
      "Keeps worker threads, for Lambda Managed Instances, which serve several requests at once.",
    ),
    base: optional("IMAGE", "Base of an image: an OCI layout, a tarball, or a reference in a registry.", {
      otherwise: "no image, but a Dockerfile and the files that it copies",
    }),
    imageFormat: optional("FORMAT", "Format of an image: oci (a layout in image/) or docker-archive (image.tar).", {
      parse: oneOf(IMAGE_FORMATS),
      otherwise: "oci",
    }),
    push: optional(
      "REF",
      "Pushes the image too, with the credentials of docker login. {predictor} and {target} are replaced.",
      { otherwise: "the image is not pushed" },
    ),
    insecure: switchOn("Uses plain HTTP for registries. Registries on this machine do not need it."),
    analyze: switchOn("Prints what each artefact contains and why, and writes a treemap to analysis.html."),
  },
  examples: [
    "build aws-lambda --arch arm64 --predictor iris",
    "build all",
    "build aws-lambda --layers --analyze",
    "build container --base docker.io/library/node:24-slim",
    "build container --predictor iris --base node:24-slim --arch x64,arm64 --push registry.example.org/team/iris:1",
  ],
  run: async ({ targets, predictor, arch, storeKind, layers, ...given }, io) => {
    // Imported here, so that other commands do not load the bundler.
    const builder = await import("@tricast/pack");
    const names = predictor.length > 0 ? predictor : builder.listPredictors(resolve(given.handlers));
    if (names.length === 0) throw noPredictors(given.handlers);
    if (names.length > 1) checkReference(given.push, names);
    // At the same time: each build mostly waits for its own child processes.
    const results = await Promise.all(
      names.map((name) => {
        progress(io, `building ${name}`);
        return builder.build({
          ...given,
          predictor: name,
          targets: targets.includes(ALL) ? undefined : (targets as readonly Target[]),
          archs: arch.length > 0 ? arch : undefined,
          layers: layers ? true : undefined,
          stores: storeKind,
        });
      }),
    );
    return outcome(results.flat());
  },
});

/** Given several times, with commas, or both. */
function listed<const T extends string>(
  placeholder: string,
  description: string,
  values: readonly T[],
): UnnamedOption<readonly T[]> {
  const option = repeated(placeholder, description, oneOf(values));
  return { ...option, read: (given) => option.read(given.flatMap((text) => text.split(","))) };
}

function outcome(results: readonly BuildResult[]): Outcome {
  const notes = results.flatMap(({ manifest }) => manifest.warnings.map((warning) => `${manifest.target}: ${warning}`));
  const analyses = results.flatMap(({ analysis }) => analysis ?? []);
  const pushes = results.flatMap(({ pushed }) => (pushed === undefined ? [] : [showPush(pushed)]));
  return {
    json: {
      builds: results.map(({ folder, manifest, unchanged, pushed }) => ({ folder, unchanged, pushed, ...manifest })),
    },
    text: [
      ...analyses,
      table(["ARTEFACT", "SIZE", "UNPACKED", ""], results.flatMap(rowsOf)),
      ...pushes,
      ...new Set(notes),
    ].join("\n\n"),
  };
}

function rowsOf({ folder, manifest: { artefacts, image }, unchanged }: BuildResult): string[][] {
  const where = relative(process.cwd(), folder) || basename(folder);
  const state = unchanged ? "unchanged" : "built";
  const files = artefacts.map(({ file, bytes, unzippedBytes }) => {
    return [file, formatBytes(bytes), formatBytes(unzippedBytes)];
  });
  const images = (image?.platforms ?? []).map(({ platform, bytes }) => {
    return [`${image?.file} (${platform})`, formatBytes(bytes), ""];
  });
  return [...files, ...images].map(([file, ...sizes]) => [`${where}/${file}`, ...sizes, state]);
}

function showPush({ reference, uploaded, mounted, existing }: NonNullable<BuildResult["pushed"]>): string {
  const count = (what: string, { length }: readonly unknown[]) => (length === 0 ? [] : [`${length} ${what}`]);
  const blobs = [...count("uploaded", uploaded), ...count("mounted", mounted), ...count("already there", existing)];
  return `pushed ${reference}\nblobs: ${blobs.join(", ")}`;
}

function checkReference(push: string | undefined, predictors: readonly string[]): void {
  if (push === undefined || push.includes("{predictor}")) return;
  throw invalidOption(
    `--push is ${JSON.stringify(push)} for all of ${predictors.join(", ")}; add {predictor} to the reference, or choose one with --predictor`,
  );
}

function noPredictors(handlers: string): TricastError {
  return invalidOption(`no folder in ${handlers} has a predict.ts; name the folder of your predictors with --handlers`);
}
