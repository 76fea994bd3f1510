import { cloudLoggingHead, type PlatformTraits } from "@tricast/core/adapter";

/** Largest response that is not streamed (cloud.google.com/functions/quotas and cloud.google.com/run/quotas: 32 MB). */
export const CLOUD_FUNCTIONS_REPLY_BYTES = 33_554_432;

export const CLOUD_FUNCTIONS: PlatformTraits = {
  name: "cloud-functions",
  servesMany: () => true,
  logHead: cloudLoggingHead,
  replyBytes: CLOUD_FUNCTIONS_REPLY_BYTES,
};
