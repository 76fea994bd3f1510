import { askTool, type Env } from "../ask-tool.ts";
import { credentialsMissing } from "../parse-json.ts";
import { askText } from "../token-service.ts";

const METADATA_TIMEOUT_MS = 15_000;
const ADVICE = "run: gcloud auth login";

/**
 * An identity token for a service. On Google Cloud it identifies the service account of the machine, elsewhere the user
 * of gcloud.
 *
 * @param audience the service's own address.
 * @throws {TricastError} `credentials-missing` if no token is found; `endpoint-unreachable` if the metadata server does
 * not answer.
 */
export async function googleIdentityToken(audience: string, env: Env = process.env): Promise<string> {
  if (env.GCE_METADATA_HOST ?? env.K_SERVICE) return fromMetadata(audience, env);
  const answer = await askTool("gcloud", ["auth", "print-identity-token"], env);
  if (answer === undefined) throw missing("gcloud is not installed");
  const token = answer.stdout.trim();
  if (answer.exitCode === 0 && token !== "") return token;
  throw missing(`gcloud failed: ${answer.reason}`);
}

/** cloud.google.com/compute/docs/instances/verifying-instance-identity */
async function fromMetadata(audience: string, { GCE_METADATA_HOST }: Env): Promise<string> {
  const host = GCE_METADATA_HOST ?? "metadata.google.internal";
  const url = new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/identity`);
  url.searchParams.set("audience", audience);
  const headers = { "metadata-flavor": "Google" };
  return (await askText({ url, headers, timeoutMs: METADATA_TIMEOUT_MS, direct: true, advice: ADVICE })).trim();
}

function missing(why: string): Error {
  return credentialsMissing(`no identity token of Google was found: ${why}; ${ADVICE}`);
}
