import { TricastError } from "@tricast/core";
import { isDigest } from "../digest.ts";

/** Where an image is in a registry. A tag, a digest or both; with both, the digest decides. */
export interface Reference {
  /** Host, and port if there is one: `docker.io`, `localhost:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const REGISTRY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * Reads a reference as Docker does: `node:24-slim` is `docker.io/library/node:24-slim`, and without tag and digest the
 * tag is `latest`.
 * @throws {TricastError} `invalid-option`
 */
export function parseReference(text: string): Reference {
  const [named = "", digest, ...more] = text.split("@");
  if (more.length > 0 || (digest !== undefined && !isDigest(digest))) {
    throw malformed(text, "the part behind @ must be sha256: and 64 hex digits");
  }
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const tag = hasTag ? named.slice(colon + 1) : digest === undefined ? "latest" : undefined;
  if (tag !== undefined && !TAG.test(tag)) throw malformed(text, `${JSON.stringify(tag)} is not a tag`);
  return { ...splitName(text, hasTag ? named.slice(0, colon) : named), tag, digest };
}

function splitName(text: string, name: string): Pick<Reference, "registry" | "repository"> {
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  // A first part is a host when it could not be part of a name on Docker Hub.
  const isHost = first === "localhost" || /[.:[A-Z]/.test(first);
  const given = isHost ? first : "docker.io";
  const registry = given === "index.docker.io" || given === "registry-1.docker.io" ? "docker.io" : given;
  const rest = isHost ? name.slice(slash + 1) : name;
  const repository = registry === "docker.io" && !rest.includes("/") ? `library/${rest}` : rest;
  if (!REGISTRY.test(registry)) throw malformed(text, `${JSON.stringify(registry)} is not a host`);
  if (!REPOSITORY.test(repository)) {
    throw malformed(
      text,
      `${JSON.stringify(repository)} is not a repository: lower-case letters, digits and . _ - between them`,
    );
  }
  return { registry, repository };
}

function malformed(text: string, problem: string): TricastError {
  return new TricastError("invalid-option", `${JSON.stringify(text)} is not an image reference: ${problem}`);
}

export function showReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** The address of the registry's API. */
export function registryUrl(registry: string, insecure: boolean): URL {
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  return new URL(`${insecure || isLoopback(new URL(`http://${host}`)) ? "http" : "https"}://${host}/v2/`);
}

/** Plain HTTP is safe there. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
