import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Renderings are for it or newer. */
const SINCE = [6, 29] as const;

/**
 * What a module needs to be taken by a provider for AWS that is older than the one it is rendered for, which may be the
 * only one in a mirror. Everything else is the same in both: what is taken away here is held to the schema of a newer one
 * by the tests.
 */
export interface OlderProvider {
  readonly version: string;
  /** Lines of the module about an attribute that it does not have, for `sed`. */
  readonly unknownLines: string;
  /** The same for `replace`. */
  readonly unknownAttribute: RegExp;
  /** The newest that it knows. */
  readonly runtime: string;
  /** A file beside the module that asks for it. */
  readonly override: { readonly name: string; readonly text: string };
}

/** @param mirror folder with the only provider that there is. @returns `undefined` where it is new enough. */
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

/** The version of the provider for AWS in a mirror. @throws {Error} where it has none. */
export function mirroredVersion(mirror: string): string {
  const version = readdirSync(join(mirror, "registry.terraform.io/hashicorp/aws")).sort().at(-1);
  if (version === undefined) throw new Error(`${mirror} holds no provider for AWS`);
  return version;
}

/** The oldest that renderings are for, as Terraform writes a constraint. */
export const WANTED = `>= ${SINCE.join(".")}`;
