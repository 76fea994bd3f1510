import type { Platform } from "./platform.ts";
import { registry } from "./registry.ts";

/** True once: for the first invocation of an instance that the platform started on demand. */
export function claimColdStart(platform: Platform): boolean {
  const shared = registry();
  if (shared.invoked) return false;
  shared.invoked = true;
  return platform.initializationType() === "on-demand";
}
