import { isInChangelog, versionFaults, workspaceVersion } from "../check/versions.ts";

/** A condition for a release. */
export interface Requirement {
  readonly what: string;
  /** The fault and its fix. Absent if the condition is met. */
  readonly fault?: string | undefined;
}

/** The state that the requirements are checked against. */
export interface ReleaseState {
  /** `git status --porcelain`. */
  readonly status: string;
  /** Tags of the commit that is checked out. */
  readonly tags: readonly string[];
  readonly version: string;
  readonly versionFaults: readonly string[];
  readonly changelog: string;
  readonly registry: string;
  /** The user that npm is logged in as; absent without a login. */
  readonly user: string | undefined;
  /** Whether the CI system identifies the publisher, instead of a login (docs.npmjs.com/trusted-publishers). */
  readonly trusted: boolean;
}

export function requirementsOf(state: ReleaseState): readonly Requirement[] {
  const { version, registry, user } = state;
  return [
    { what: "every change is committed", fault: statusFault(state) },
    { what: `every package has version ${version}`, fault: state.versionFaults.join("; ") || undefined },
    {
      what: `CHANGELOG.md has a section "${version}"`,
      fault: isInChangelog(version, state.changelog)
        ? undefined
        : `the section is missing; rename "Unreleased" to "${version}" and a date`,
    },
    { what: `the commit has the tag v${version}`, fault: tagFault(state) },
    {
      what: `npm publishes to ${registry}${user === undefined ? "" : ` as ${user}`}`,
      fault: user === undefined && !state.trusted ? 'npm is not logged in; run "npm login"' : undefined,
    },
  ];
}

function statusFault({ status }: ReleaseState): string | undefined {
  const files = status.split("\n").filter(Boolean);
  if (files.length === 0) return undefined;
  const first = files.slice(0, 5).map((line) => line.slice(3));
  return `changed: ${first.join(", ")}${files.length > 5 ? ` and ${files.length - 5} more` : ""}; commit or remove them`;
}

function tagFault({ tags, version }: ReleaseState): string | undefined {
  const wanted = `v${version}`;
  if (tags.includes(wanted)) return undefined;
  const others = tags.filter((tag) => /^v\d/.test(tag));
  if (others.length === 0) return `it does not have a tag; run "git tag ${wanted}"`;
  return `it has ${others.join(", ")}; check out the commit of ${wanted}, or set the version of every package`;
}

/** Runs a command and returns its output, or `undefined` if it fails. */
export type Ask = (command: string, ...args: string[]) => string | undefined;

export function readReleaseState(ask: Ask, changelog: string, env: NodeJS.ProcessEnv = process.env): ReleaseState {
  const lines = (text: string | undefined) => text?.split("\n").filter(Boolean) ?? [];
  return {
    status: ask("git", "status", "--porcelain") ?? "   not a git repository",
    tags: lines(ask("git", "tag", "--points-at", "HEAD")),
    version: workspaceVersion(),
    versionFaults: versionFaults(),
    changelog,
    registry: ask("npm", "config", "get", "registry")?.trim() ?? "no registry",
    user: ask("npm", "whoami")?.trim(),
    trusted: env.ACTIONS_ID_TOKEN_REQUEST_URL !== undefined || env.NPM_ID_TOKEN !== undefined,
  };
}
