import { TricastError } from "@tricast/core";
import { type AwsRequest, awsCredentials, signAws } from "@tricast/identity/aws";
import { googleIdentityToken } from "@tricast/identity/google";
import type { ResolvedEndpoint, TargetName } from "@tricast/plan";

/** How a request is authenticated. */
export type Authorization =
  | { readonly kind: "none" }
  | { readonly kind: "sigv4"; readonly region: string; readonly service: "execute-api" | "lambda" }
  | { readonly kind: "google" }
  | { readonly kind: "header"; readonly name: string; readonly value: string };

export interface Credentials {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** API key of AWS, function key of Azure. */
  readonly apiKey: string | undefined;
  /** A bearer token of the issuer that the endpoint trusts. */
  readonly token: string | undefined;
}

/** The credentials that an endpoint of a plan requires. @throws {TricastError} `credentials-missing` without a key or a token for it. */
export function authorizationFor(
  target: TargetName,
  { auth, kind }: Pick<ResolvedEndpoint, "auth" | "kind">,
  region: string,
  { apiKey, token }: Credentials,
): Authorization {
  if (auth === "iam" && target === "gcp") return { kind: "google" };
  if (auth === "iam") return { kind: "sigv4", region, service: kind === "function-url" ? "lambda" : "execute-api" };
  if (typeof auth === "object") return bearer(token);
  const header = target === "azure" ? "x-functions-key" : "x-api-key";
  if (auth === "api-key" && apiKey === undefined) throw lacks("an API key", "--api-key KEY, or set TRICAST_API_KEY");
  return apiKey === undefined ? { kind: "none" } : { kind: "header", name: header, value: apiKey };
}

/** The token or key that the caller gives, else what the host of the URL is known to require. */
export function authorizationOf(url: URL, { env, apiKey, token }: Credentials): Authorization {
  if (token !== undefined) return bearer(token);
  if (url.hostname.endsWith(".azurewebsites.net") && apiKey !== undefined)
    return { kind: "header", name: "x-functions-key", value: apiKey };
  if (apiKey !== undefined) return { kind: "header", name: "x-api-key", value: apiKey };
  const aws = /\.(execute-api|lambda-url)\.([a-z0-9-]+)\.(amazonaws\.com(\.cn)?|on\.aws)$/.exec(url.hostname);
  if (aws !== null && env.AWS_ACCESS_KEY_ID) {
    return { kind: "sigv4", region: aws[2] as string, service: aws[1] === "lambda-url" ? "lambda" : "execute-api" };
  }
  return { kind: "none" };
}

/** The headers of a request, those of the {@link Authorization} included. */
export async function authorize(
  request: AwsRequest & { readonly url: URL },
  authorization: Authorization,
  env: Credentials["env"],
): Promise<Record<string, string>> {
  switch (authorization.kind) {
    case "none":
      return { ...request.headers };
    case "header":
      return { ...request.headers, [authorization.name]: authorization.value };
    case "google":
      return {
        ...request.headers,
        authorization: `Bearer ${await googleIdentityToken(request.url.origin, env)}`,
      };
    case "sigv4":
      return signAws(request, authorization, await awsCredentials(env));
  }
}

function bearer(token: string | undefined): Authorization {
  if (token === undefined) throw lacks("a token of the issuer", "--token TOKEN, or set TRICAST_TOKEN");
  return { kind: "header", name: "authorization", value: `Bearer ${token}` };
}

function lacks(what: string, fix: string): TricastError {
  return new TricastError(
    "credentials-missing",
    `the endpoint asks for ${what}, and the command has none; give ${fix}`,
  );
}
