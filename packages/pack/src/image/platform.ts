import type { Arch } from "../targets/arch.ts";
import type { Platform } from "./spec.ts";

/** Go's name, which images use, of Node's name of an architecture. */
const ARCHITECTURE: Readonly<Record<Arch, string>> = { x64: "amd64", arm64: "arm64" };

export function platformOf(arch: Arch): Platform {
  return { architecture: ARCHITECTURE[arch], os: "linux" };
}

/** arm64 is written with variant v8 by some tools and without by others. */
export function isSamePlatform(a: Platform, b: Platform): boolean {
  return a.architecture === b.architecture && a.os === b.os && variantOf(a) === variantOf(b);
}

function variantOf({ architecture, variant }: Platform): string {
  return variant === undefined || variant === "" ? (architecture === "arm64" ? "v8" : "") : variant;
}

export function showPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join("/");
}
