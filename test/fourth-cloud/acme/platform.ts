import type { LogHead, PlatformTraits } from "@tricast/core/adapter";

/** The members that Acme's log search knows. */
const logHead: LogHead = (level, message, origin) => ({
  sev: level.toUpperCase(),
  at: new Date().toISOString(),
  text: message,
  call: origin?.id,
});

export const ACME: PlatformTraits = {
  name: "acme",
  servesMany: () => true,
  requestBytes: 1_000_000,
  replyBytes: 500_000,
  logHead,
};
