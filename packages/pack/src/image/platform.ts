import type { Arch } from "../targets/arch.ts";
import type { Platform } from "./spec.ts";

/** Images use Go's names of architectures. */
export function platformOf(arch: Arch): Platform {
  return { architecture: arch === "x64" ? "amd64" : arch, os: "linux" };
}

/** Some tools write arm64 with variant v8, others without. */
export function isSamePlatform(a: Platform, b: Platform): boolean {
  return a.architecture === b.architecture && a.os === b.os && variantOf(a) === variantOf(b);
}

function variantOf({ architecture, variant }: Platform): string {
  return variant || (architecture === "arm64" ? "v8" : "");
}

export function showPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join("/");
}
