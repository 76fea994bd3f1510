import type { PackedPackage } from "../check/pack.ts";
import type { RunOptions } from "../check/run.ts";
import { output, run } from "../check/run.ts";

export interface PublishOptions extends RunOptions {
  /** The name that `npm install PACKAGE` finds this version by. */
  readonly distTag: string;
  /** Has the registry record where the packages were built; works in the CI systems that npm knows. */
  readonly provenance: boolean;
}

/**
 * Publishes packages one after the other. Versions that the registry has are left alone, so that a run which stopped at
 * a failure can be repeated. Whether all are there in the end.
 */
export function publishPackages(packages: readonly PackedPackage[], options: PublishOptions): boolean {
  for (const [index, packed] of packages.entries()) {
    const label = `${packed.manifest.name}@${packed.manifest.version}`;
    const there = isPublished(label, options);
    if (there === undefined) return stop(packages.slice(index));
    if (!there && !publish(packed, options)) return stop(packages.slice(index));
    console.log(`${label} ${there ? "is there already" : "published"}`);
  }
  return true;
}

/** `undefined`, with npm's message shown, where the registry does not say. */
function isPublished(label: string, options: PublishOptions): boolean | undefined {
  const { status, stdout, text } = output("npm", ["view", label, "version", "--json", "--prefer-online"], options);
  // A package without this version is a success without output for some versions of npm.
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
  console.log(
    `Not published: ${names}. Mend the cause and run "npm run release" again; it leaves alone what is there.`,
  );
  return false;
}
