import type { Platform } from "./platform.ts";
import { registry } from "./registry.ts";

/** True once: for the first invocation of an instance that was started because of it. */
export function claimColdStart(platform: Platform): boolean {
  const shared = registry();
  if (shared.invoked) return false;
  shared.invoked = true;
  return platform.initializationType() === "on-demand";
}
