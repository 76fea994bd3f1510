import type { PackedPackage } from "../check/pack.ts";
import type { RunOptions } from "../check/run.ts";
import { output, run } from "../check/run.ts";

export interface PublishOptions extends RunOptions {
  /** The tag of this version: `npm install PACKAGE@TAG`. */
  readonly distTag: string;
  /** Records in the registry where the packages were built. Works in the CI systems that npm supports. */
  readonly provenance: boolean;
}

/**
 * Publishes packages one after the other. Skips versions that the registry already has, so that a failed run can be
 * repeated. Returns whether all are published in the end.
 */
export function publishPackages(packages: readonly PackedPackage[], options: PublishOptions): boolean {
  for (const [index, packed] of packages.entries()) {
    const label = `${packed.manifest.name}@${packed.manifest.version}`;
    const there = isPublished(label, options);
    if (there === undefined) return stop(packages.slice(index));
    if (!there && !publish(packed, options)) return stop(packages.slice(index));
    console.log(`${label} ${there ? "is published already" : "published"}`);
  }
  return true;
}

/** `undefined` if the registry does not answer; prints npm's message. */
function isPublished(label: string, options: PublishOptions): boolean | undefined {
  const { status, stdout, text } = output("npm", ["view", label, "version", "--json", "--prefer-online"], options);
  // For a package without this version, some versions of npm succeed without output.
  if (status === 0) return stdout.trim() !== "";
  if (/\bE404\b/.test(text)) return false;
  console.log(`npm view ${label} failed\n${text}`);
  return undefined;
}

function publish({ tarball }: PackedPackage, { distTag, provenance, ...options }: PublishOptions): boolean {
  const flags = ["--access", "public", "--tag", distTag, ...(provenance ? ["--provenance"] : [])];
  return run("npm", ["publish", tarball, ...flags], options);
}

function stop(left: readonly PackedPackage[]): false {
  const names = left.map(({ manifest }) => manifest.name).join(", ");
  console.log(`Not published: ${names}. Fix the cause and run "npm run release" again; it skips published versions.`);
  return false;
}
