// Packs, checks and publishes every package: npm run release -- [--dry-run] [--tag NAME] [--provenance]
import { parseArgs } from "node:util";
import { NOT_A_SCRIPT, type PackedPackage } from "./check/pack.ts";
import { withPackages } from "./check/packages.ts";
import { ROOT, readText } from "./check/repository.ts";
import { output } from "./check/run.ts";
import { type PublishOptions, publishPackages } from "./publish/publish-packages.ts";
import { type Requirement, readReleaseState, requirementsOf } from "./publish/requirements.ts";

const values = readOptions();
process.exitCode = (await release()) ? 0 : 1;

function readOptions() {
  try {
    return parseArgs({
      options: {
        // Does everything except publishing.
        "dry-run": { type: "boolean", default: false },
        // The tag of this version: `npm install PACKAGE@TAG`.
        tag: { type: "string", default: "latest" },
        // Records in the registry where the packages were built.
        provenance: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${(error as Error).message}; options: --dry-run, --tag NAME, --provenance`);
    process.exit(2);
  }
}

async function release(): Promise<boolean> {
  // "npm run release --dry-run" passes the option to npm, which passes it on like this.
  const dryRun = values["dry-run"] || process.env.npm_config_dry_run === "true";
  const requirements = requirementsOf(readReleaseState(ask, readText("CHANGELOG.md") ?? ""));
  const met = report(requirements);
  if (!met && !dryRun) {
    console.log('Nothing was published. "npm run release -- --dry-run" packs and checks without these conditions.');
    return false;
  }
  return withPackages((packages) => packages !== undefined && (dryRun ? rehearse(packages) : publish(packages)));
}

function report(requirements: readonly Requirement[]): boolean {
  console.log("A release needs:");
  for (const { what, fault } of requirements) {
    console.log(fault === undefined ? `  ok       ${what}` : `  missing  ${what}: ${fault}`);
  }
  return requirements.every(({ fault }) => fault === undefined);
}

function rehearse(packages: readonly PackedPackage[]): boolean {
  const names = packages.map(({ manifest }) => `${manifest.name}@${manifest.version}`);
  console.log(`All checks passed. A release publishes, in this order:\n  ${names.join("\n  ")}`);
  return true;
}

function publish(packages: readonly PackedPackage[]): boolean {
  const options: PublishOptions = { distTag: values.tag, provenance: values.provenance, env: NOT_A_SCRIPT };
  return publishPackages(packages, options);
}

function ask(command: string, ...args: string[]): string | undefined {
  const { status, stdout } = output(command, args, { cwd: ROOT, env: NOT_A_SCRIPT });
  return status === 0 ? stdout : undefined;
}
