import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The oldest provider that renderings support. */
const SINCE = [6, 29] as const;

/**
 * The changes that make a module valid for an older provider for AWS than the one it is rendered for: a mirror may have
 * only an older one. Everything else is the same in both. The tests check the removed parts with the schema of a newer
 * provider.
 */
export interface OlderProvider {
  readonly version: string;
  /** Lines of the module with unknown attributes, for `sed`. */
  readonly unknownLines: string;
  /** The same for `replace`. */
  readonly unknownAttribute: RegExp;
  /** The newest runtime that it supports. */
  readonly runtime: string;
  /** A file beside the module that requires this provider. */
  readonly override: { readonly name: string; readonly text: string };
}

/** @param mirror folder with the only available provider. @returns `undefined` if it is new enough. */
export function olderProvider(mirror: string): OlderProvider | undefined {
  const version = mirroredVersion(mirror);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > SINCE[0] || (major === SINCE[0] && minor >= SINCE[1])) return undefined;
  const aws = `required_providers {\n    aws = {\n      version = "${version}"\n    }\n  }`;
  return {
    version,
    unknownLines: "/^ *invoked_via_function_url *=/d",
    unknownAttribute: /^ *invoked_via_function_url *=.*\n/gm,
    runtime: "nodejs22.x",
    override: { name: "versions_override.tf", text: `terraform {\n  ${aws}\n}\n` },
  };
}

/** The version of the provider for AWS in a mirror. @throws {Error} if the mirror does not have it. */
export function mirroredVersion(mirror: string): string {
  const version = readdirSync(join(mirror, "registry.terraform.io/hashicorp/aws")).sort().at(-1);
  if (version === undefined) throw new Error(`${mirror} does not contain the provider for AWS`);
  return version;
}

/** The oldest supported version, as a constraint of Terraform. */
export const WANTED = `>= ${SINCE.join(".")}`;
