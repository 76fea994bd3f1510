import { cloudLoggingHead, type PlatformTraits, plainLogHead } from "@tricast/core/adapter";

/** A long-lived process that serves many requests at a time: a container, a virtual machine, a laptop. */
export const SERVER: PlatformTraits = {
  name: "server",
  servesMany: () => true,
  warmsAllExamples: true,
  logHead: (level, message, invocation) => (isOnGoogle() ? cloudLoggingHead : plainLogHead)(level, message, invocation),
};

/** A container on Cloud Run (its container contract) or Vertex AI (its custom container requirements). */
function isOnGoogle(): boolean {
  return process.env.K_SERVICE !== undefined || process.env.AIP_MODE !== undefined;
}
