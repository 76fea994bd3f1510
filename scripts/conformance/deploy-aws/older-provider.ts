import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Renderings are for it or newer. */
const SINCE = [6, 29] as const;

/** What a module needs to be taken by a provider for AWS that is older than the one it is rendered for. */
export interface OlderProvider {
  readonly version: string;
  /** Lines of the module about an attribute that it does not have, for `sed`. */
  readonly unknownLines: string;
  /** The newest that it knows. */
  readonly runtime: string;
}

/** @param mirror folder with the only provider that there is. @returns `undefined` where it is new enough. */
export function olderProvider(mirror: string): OlderProvider | undefined {
  const version = readdirSync(join(mirror, "registry.terraform.io/hashicorp/aws")).sort().at(-1) ?? "";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > SINCE[0] || (major === SINCE[0] && minor >= SINCE[1])) return undefined;
  return { version, unknownLines: "/^ *invoked_via_function_url *=/d", runtime: "nodejs22.x" };
}
