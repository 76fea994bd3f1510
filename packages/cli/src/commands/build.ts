import { basename, relative, resolve } from "node:path";
import { TricastError } from "@tricast/core";
import { REMOTE_SCHEMES } from "@tricast/core/adapter";
import type { BuildOptions, BuildResult, Target } from "@tricast/pack";
import { ARCHS, FORMATS, IMAGE_FORMATS, TARGET_NAMES } from "@tricast/pack/choices";
import { defineCommand } from "../command.ts";
import type { Io, Outcome } from "../io.ts";
import { defaulted, manyArguments, type Option, oneOf, optional, repeated, switchOn, words } from "../options.ts";
import { formatBytes, table } from "../table.ts";

const ALL = "all";

export const build = defineCommand({
  path: ["build"],
  summary: "Makes what each cloud takes: zips, layers, or the files of an image.",
  details: [
    `Targets: ${TARGET_NAMES.join(", ")}; ${ALL} builds every target that a predictor has a\n` +
      "handler file for. Output goes to one folder per target and architecture, with a bill of materials and a build.json\n" +
      "that describes it. A folder is replaced as a whole and only when something changed; equal sources give equal bytes.\n" +
      "Nothing is installed. Only the base of an image is fetched.",
  ],
  arguments: {
    targets: manyArguments(
      "TARGET",
      `What to build for: ${[...TARGET_NAMES, ALL].join(", ")}.`,
      oneOf([...TARGET_NAMES, ALL]),
    ),
  },
  options: {
    predictors: repeated({
      flag: "predictor",
      placeholder: "NAME",
      description: "A folder, or the name of one in the folder of handlers. Without it: all of those.",
      parse: words,
    }),
    handlers: defaulted({
      flag: "handlers",
      placeholder: "DIR",
      description: "Folder of the predictors' folders.",
      parse: words,
      fallback: "handlers",
    }),
    archs: listed({
      flag: "arch",
      placeholder: "ARCH",
      description: "x64, arm64, or x64,arm64 for both: a container is one image with an index then. Without it: x64.",
      parse: oneOf(ARCHS),
    }),
    out: defaulted({
      flag: "out",
      placeholder: "DIR",
      description: "Where the output goes: DIR/PREDICTOR/TARGET-ARCH.",
      parse: words,
      fallback: ".tricast",
    }),
    format: defaulted<NonNullable<BuildOptions["format"]>>({
      flag: "format",
      placeholder: "FORMAT",
      description: "Of the bundle: cjs, which starts faster and sees packages in layers, or esm.",
      parse: oneOf(FORMATS),
      fallback: "cjs",
    }),
    layers: switchOn({
      flag: "layers",
      description: "Puts the runtime and the model of a Lambda function into layers, also where one zip would do.",
    }),
    upload: defaulted<NonNullable<BuildOptions["upload"]>>({
      flag: "upload",
      placeholder: "WAY",
      description: "How a Lambda zip gets there: direct, where 50 MB is the limit, or s3.",
      parse: oneOf(["direct", "s3"]),
      fallback: "direct",
    }),
    include: repeated({
      flag: "include",
      placeholder: "GLOB",
      description: "Further files of a predictor's folder to take along.",
      parse: words,
    }),
    stores: repeated({
      flag: "store-kind",
      placeholder: "KIND",
      description: `${REMOTE_SCHEMES.join(", ")}: takes along what reads models from there, for addresses given at run time.`,
      parse: oneOf(REMOTE_SCHEMES),
    }),
    managedInstances: switchOn({
      flag: "managed-instances",
      description: "For Lambda Managed Instances, which get several requests at a time: keeps worker threads.",
    }),
    base: optional({
      flag: "base",
      placeholder: "IMAGE",
      description: "Base of an image: an OCI layout, a tarball, or a reference in a registry.",
      otherwise: "no image is built; there is a Dockerfile with everything that it copies",
      parse: words,
    }),
    imageFormat: optional({
      flag: "image-format",
      placeholder: "FORMAT",
      description: "Of a finished image: oci, a layout in the folder image, or docker-archive, the file image.tar.",
      otherwise: "oci",
      parse: oneOf(IMAGE_FORMATS),
    }),
    push: optional({
      flag: "push",
      placeholder: "REF",
      description:
        "Also pushes the image, as docker login left the credentials. {predictor} and {target} in it are replaced.",
      otherwise: "nothing is pushed",
      parse: words,
    }),
    insecure: switchOn({
      flag: "insecure",
      description: "Speaks plain HTTP to registries; those on this machine need no such leave.",
    }),
    analyze: switchOn({
      flag: "analyze",
      description: "Prints what is in each artefact and why, and writes a treemap of it as analysis.html.",
    }),
  },
  examples: [
    "build aws-lambda --arch arm64 --predictor iris",
    "build all",
    "build aws-lambda --layers --analyze",
    "build container --base docker.io/library/node:24-slim",
    "build container --predictor iris --base node:24-slim --arch x64,arm64 --push registry.example.org/team/iris:1",
  ],
  run: async ({ targets, predictors, archs, ...given }, io) => {
    // Imported here, so that no other command waits for the bundler.
    const builder = await import("@tricast/pack");
    const names = predictors.length > 0 ? predictors : builder.listPredictors(resolve(given.handlers));
    if (names.length === 0) throw noPredictors(given.handlers);
    if (names.length > 1) checkReference(given.push, names);
    // Together, as each waits for processes of its own most of the time.
    const results = await Promise.all(
      names.map((predictor) => {
        tellProgress(io, predictor);
        return builder.build({
          predictor,
          handlers: given.handlers,
          out: given.out,
          targets: targets.includes(ALL) ? undefined : (targets as readonly Target[]),
          archs: archs.length > 0 ? archs : undefined,
          format: given.format,
          layers: given.layers ? true : undefined,
          upload: given.upload,
          include: given.include,
          stores: given.stores,
          managedInstances: given.managedInstances,
          base: given.base,
          imageFormat: given.imageFormat,
          push: given.push,
          insecure: given.insecure,
          analyze: given.analyze,
        });
      }),
    );
    return outcome(results.flat());
  },
});

/** Given several times, with commas, or both. */
function listed<T>({ parse, ...option }: Parameters<typeof repeated<T>>[0]): Option<readonly T[]> {
  return { ...option, repeats: true, read: (given) => given.flatMap((text) => text.split(",")).map(parse) };
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
  const files = artefacts.map(({ file, bytes, unzippedBytes }) => [
    `${where}/${file}`,
    formatBytes(bytes),
    formatBytes(unzippedBytes),
    state,
  ]);
  const images = (image?.platforms ?? []).map(({ platform, bytes }) => [
    `${where}/${image?.file} (${platform})`,
    formatBytes(bytes),
    "",
    state,
  ]);
  return [...files, ...images];
}

function showPush({ reference, uploaded, mounted, existing }: NonNullable<BuildResult["pushed"]>): string {
  const count = (what: string, { length }: readonly unknown[]) => (length === 0 ? [] : [`${length} ${what}`]);
  const blobs = [...count("uploaded", uploaded), ...count("mounted", mounted), ...count("there already", existing)];
  return `pushed ${reference}\nblobs: ${blobs.join(", ")}`;
}

function checkReference(push: string | undefined, predictors: readonly string[]): void {
  if (push === undefined || push.includes("{predictor}")) return;
  throw new TricastError(
    "invalid-option",
    `push is ${JSON.stringify(push)} for ${predictors.join(", ")} alike; choose one with --predictor, or put {predictor} into the reference`,
  );
}

function noPredictors(handlers: string): TricastError {
  return new TricastError(
    "invalid-option",
    `${handlers} has no folder with a predict.ts; name the folder of the predictors with --handlers`,
  );
}

function tellProgress({ isTerminal, note }: Io, predictor: string): void {
  if (isTerminal) note(`building ${predictor}`);
}
