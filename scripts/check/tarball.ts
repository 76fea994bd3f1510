import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData, type Problem } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import type { PackedPackage } from "./pack.ts";
import { PACKAGE_KILOBYTES } from "./package-sizes.ts";
import { ROOT } from "./repository.ts";

/**
 * Whether a tarball has exactly the right files, no paths of this machine, at most its size limit, and a valid
 * manifest.
 */
export async function checkTarball(packed: PackedPackage): Promise<boolean> {
  const faults = [
    ...strangers(packed),
    ...traces(packed),
    ...overweight(packed),
    ...(await ofPublint(packed)),
    ...(await ofTypes(packed)),
  ];
  for (const fault of faults) console.log(`${packed.manifest.name}: ${fault}`);
  return faults.length === 0;
}

/** The Serverless Framework loads `plugin.cjs`. */
const PUBLISHED =
  /^(package\.json|README\.md|LICENSE|plugin\.cjs|plugin\.d\.cts|dist\/.+\.js|dist\/.+\.d\.ts|schema\/[a-z-]+\.json)$/;

function strangers({ manifest, files }: PackedPackage): string[] {
  const paths = files.map(({ path }) => path);
  const exported = Object.values(manifest.exports ?? {}).flatMap((target) =>
    typeof target === "string" ? target : Object.values(target),
  );
  const needed = ["README.md", "LICENSE", "package.json", ...exported.map((path) => path.replace("./", ""))];
  return [
    ...paths.filter((path) => !PUBLISHED.test(path)).map((path) => `would publish ${path}`),
    ...needed.filter((path) => !paths.includes(path)).map((path) => `would be published without ${path}`),
  ];
}

/** Paths of the machine that built it, and references to source maps that are not published. */
function traces({ files, unpacked }: PackedPackage): string[] {
  const paths = new Set(files.map(({ path }) => path));
  // The repository, and the folder of its copy.
  const here = [ROOT, join(unpacked, "..", "..")];
  return [...paths].flatMap((path) => {
    const text = readFileSync(join(unpacked, path), "utf8");
    const map = /^\/\/# sourceMappingURL=(?!data:)(\S+)$/m.exec(text)?.[1];
    const lost = map !== undefined && !paths.has(join(path, "..", map).replaceAll("\\", "/"));
    return [
      ...here.filter((folder) => text.includes(folder)).map((folder) => `${path} names the folder ${folder}`),
      ...(lost ? [`${path} refers to the source map ${map}, which is not published`] : []),
    ];
  });
}

function overweight({ folder, files, manifest, unpackedBytes }: PackedPackage): string[] {
  const bound = PACKAGE_KILOBYTES[folder];
  if (bound === undefined) return ["has no bound; add one to scripts/check/package-sizes.ts"];
  console.log(
    `${manifest.name}: ${(unpackedBytes / 1000).toFixed(1)} kB in ${files.length} files (at most ${bound} kB)`,
  );
  return unpackedBytes <= bound * 1000
    ? []
    : [`is larger than ${bound} kB, its bound in scripts/check/package-sizes.ts`];
}

/** publint.dev */
async function ofPublint({ manifest, unpacked }: PackedPackage): Promise<string[]> {
  const { messages } = await publint({ pkgDir: unpacked, pack: false, strict: true });
  return messages
    .filter(({ type }) => type !== "suggestion")
    .map((message) => `publint: ${formatMessage(message, { ...manifest })}`);
}

/** arethetypeswrong.github.io */
async function ofTypes({ tarball }: PackedPackage): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  if (!result.types) return ["are the types wrong: finds no types"];
  return result.problems.filter(isFault).map((problem) => `are the types wrong: ${JSON.stringify(problem)}`);
}

/**
 * Two kinds are not faults: the resolution of Node 10 does not read `exports`, and `require` may find an ES module. Every
 * supported Node loads ES modules with `require` (since 22.12), and checkImports verifies this.
 */
function isFault(problem: Problem): boolean {
  const ofNode10 = "resolutionKind" in problem && problem.resolutionKind === "node10";
  return !ofNode10 && problem.kind !== "CJSResolvesToESM";
}
