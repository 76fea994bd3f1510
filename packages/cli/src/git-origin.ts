import { execFileSync } from "node:child_process";
import type { ModelOrigin } from "@tricast/store/publishing";

/** The commit that is checked out here and where its repository comes from; nothing outside of a repository. */
export function gitOrigin(): ModelOrigin | undefined {
  const commit = git("rev-parse", "HEAD");
  if (commit === undefined) return undefined;
  const repository = git("remote", "get-url", "origin");
  return { commit, ...(repository === undefined ? {} : { repository: withoutCredentials(repository) }) };
}

function git(...args: readonly string[]): string | undefined {
  try {
    return (
      execFileSync("git", [...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() || undefined
    );
  } catch {
    // No git, or no repository.
    return undefined;
  }
}

/** Automatic builds clone with a token in the URL. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
}
