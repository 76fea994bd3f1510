import type { PlatformTraits } from "@tricast/core/adapter";

export const AZURE_FUNCTIONS: PlatformTraits = {
  name: "azure-functions",
  servesMany: () => true,
  /** The invocation's own log adds the time and the level. */
  logHead: (_level, message, invocation) => ({ message, requestId: invocation?.id }),
};
