import type { TricastError } from "@tricast/core";
import { invalidOption } from "../../errors.ts";
import { isDigest } from "../digest.ts";

/** The name of an image in a registry. It has a tag, a digest or both; with both, the digest decides. */
export interface Reference {
  /** Host and optional port: `docker.io`, `localhost:5000`. */
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
  if (more.length > 0 || (digest !== undefined && !isDigest(digest)))
    throw malformed(text, "the part after @ must be sha256: and 64 hex digits");
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/");
  const tag = hasTag ? named.slice(colon + 1) : digest === undefined ? "latest" : undefined;
  if (tag !== undefined && !TAG.test(tag)) throw malformed(text, `${JSON.stringify(tag)} is not a tag`);
  return { ...splitName(text, hasTag ? named.slice(0, colon) : named), tag, digest };
}

function splitName(text: string, name: string): Pick<Reference, "registry" | "repository"> {
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  // A first part that a name on Docker Hub cannot have is a host.
  const isHost = first === "localhost" || /[.:[A-Z]/.test(first);
  const registry = isHost ? canonicalHost(first) : "docker.io";
  const rest = isHost ? name.slice(slash + 1) : name;
  const repository = registry === "docker.io" && !rest.includes("/") ? `library/${rest}` : rest;
  if (!REGISTRY.test(registry)) throw malformed(text, `${JSON.stringify(registry)} is not a host`);
  if (!REPOSITORY.test(repository))
    throw malformed(
      text,
      `${JSON.stringify(repository)} is not a repository: use lower-case letters, digits and . _ - between them`,
    );
  return { registry, repository };
}

/** Docker Hub has several hosts. */
export function canonicalHost(host: string): string {
  return host === "index.docker.io" || host === "registry-1.docker.io" ? "docker.io" : host;
}

function malformed(text: string, problem: string): TricastError {
  return invalidOption(`${JSON.stringify(text)} is not an image reference: ${problem}`);
}

export function showReference({ registry, repository, tag, digest }: Reference): string {
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** The URL of the registry's API: plain HTTP on this machine, or with `insecure`. */
export function registryUrl(registry: string, insecure: boolean): URL {
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  return new URL(`${insecure || isLoopback(new URL(`http://${host}`)) ? "http" : "https"}://${host}/v2/`);
}

/** Whether a URL is on this machine, where plain HTTP is safe. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
