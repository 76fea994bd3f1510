import { TricastError } from "@tricast/core";
import { findTool, lastLine, type ToolOptions, tryTool } from "../tools/run-tool.ts";

type Env = ToolOptions["env"];

const METADATA_TIMEOUT_MS = 2000;

/**
 * An identity token for a service: of the machine's own account where there is a metadata server, else of whoever is
 * logged in to gcloud.
 *
 * @param audience the service's own address.
 * @throws {TricastError} `credentials-missing` where nobody gives one.
 */
export async function googleIdentityToken(audience: string, env: Env): Promise<string> {
  const isOnGoogle = Boolean(env.GCE_METADATA_HOST ?? env.K_SERVICE);
  if (isOnGoogle) return fromMetadata(audience, env);
  if (findTool("gcloud", { env }) === undefined) throw none("gcloud is not installed");
  const { exitCode, stdout, stderr } = await tryTool("gcloud", ["auth", "print-identity-token"], { env });
  if (exitCode === 0 && stdout.trim() !== "") return stdout.trim();
  throw none(`gcloud said: ${lastLine(stderr)}`);
}

/** cloud.google.com/compute/docs/instances/verifying-instance-identity. */
async function fromMetadata(audience: string, env: Env): Promise<string> {
  const host = env.GCE_METADATA_HOST ?? "metadata.google.internal";
  const path = "/computeMetadata/v1/instance/service-accounts/default/identity";
  const response = await fetch(`http://${host}${path}?audience=${encodeURIComponent(audience)}`, {
    headers: { "metadata-flavor": "Google" },
    signal: AbortSignal.timeout(METADATA_TIMEOUT_MS),
  });
  if (!response.ok) throw none(`the metadata server answered ${response.status}`);
  return (await response.text()).trim();
}

function none(why: string): TricastError {
  return new TricastError(
    "credentials-missing",
    `there is no identity token of Google, because ${why}; run: gcloud auth login`,
  );
}
