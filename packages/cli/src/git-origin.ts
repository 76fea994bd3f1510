import { execFileSync } from "node:child_process";
import type { ModelOrigin } from "@tricast/store/publishing";

/** The checked-out commit and the URL of its repository; `undefined` outside a repository. */
export function gitOrigin(): ModelOrigin | undefined {
  const commit = git("rev-parse", "HEAD");
  if (commit === undefined) return undefined;
  const repository = git("remote", "get-url", "origin");
  return { commit, ...(repository === undefined ? {} : { repository: withoutCredentials(repository) }) };
}

function git(...args: readonly string[]): string | undefined {
  try {
    const output = execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return output.trim() || undefined;
  } catch {
    // Git is not installed, or the folder is not in a repository.
    return undefined;
  }
}

/** CI systems clone with a token in the URL. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
}
