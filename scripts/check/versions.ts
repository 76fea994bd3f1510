import { type Manifest, readJson, readText, workspacePackages } from "./repository.ts";

/** The version of the workspace, which all packages share. */
export function workspaceVersion(): string {
  return readJson<Manifest>("package.json").version;
}

/** Packages whose version differs from the workspace's, as sentences. */
export function versionFaults(): readonly string[] {
  const version = workspaceVersion();
  return workspacePackages()
    .filter(({ manifest }) => manifest.version !== version)
    .map(({ folder, manifest }) => `packages/${folder} has version ${manifest.version}, the workspace ${version}`);
}

/** Whether the changelog has a section with this title: a version, with or without a date, or "Unreleased". */
export function isInChangelog(title: string, changelog: string = readText("CHANGELOG.md") ?? ""): boolean {
  const titles = changelog.split("\n").flatMap((line) => /^## \[?([^\]\s]+)/.exec(line)?.slice(1) ?? []);
  return titles.includes(title);
}
