import { TricastError } from "@tricast/core";
import { type AwsRequest, awsCredentials, signAws } from "@tricast/identity/aws";
import { googleIdentityToken } from "@tricast/identity/google";
import type { ResolvedEndpoint, ResolvedPlan, TargetName } from "@tricast/plan";
import type { Env } from "../io.ts";

/** How a request is authenticated. */
export type Authorization =
  | { readonly kind: "none" }
  | { readonly kind: "sigv4"; readonly region: string; readonly service: "execute-api" | "lambda" }
  | { readonly kind: "google" }
  | { readonly kind: "header"; readonly name: string; readonly value: string };

/** The options of a command that authenticate its requests. */
export interface Keys {
  /** API key of AWS, function key of Azure. */
  readonly apiKey: string | undefined;
  /** A bearer token from the issuer that the endpoint trusts. */
  readonly token: string | undefined;
}

export interface Credentials extends Keys {
  readonly env: Env;
}

/** The credentials that an endpoint of a plan requires. @throws {TricastError} `credentials-missing` without a key or a token for it. */
export function authorizationFor(
  target: TargetName,
  { auth, kind }: Pick<ResolvedEndpoint, "auth" | "kind">,
  { aws }: Pick<ResolvedPlan, "aws">,
  { apiKey, token }: Credentials,
): Authorization {
  if (auth === "iam" && target === "gcp") return { kind: "google" };
  if (auth === "iam") return sigv4(aws?.region ?? "", kind === "function-url");
  if (typeof auth === "object") return bearer(token);
  if (auth === "api-key" && apiKey === undefined) throw lacks("an API key", "--api-key KEY, or set TRICAST_API_KEY");
  return apiKey === undefined ? { kind: "none" } : keyHeader(apiKey, target === "azure");
}

/** The caller's token or key; otherwise the credentials that the host of the URL is known to require. */
export function authorizationOf(url: URL, { env, apiKey, token }: Credentials): Authorization {
  if (token !== undefined) return bearer(token);
  if (apiKey !== undefined) return keyHeader(apiKey, url.hostname.endsWith(".azurewebsites.net"));
  const aws = /\.(execute-api|lambda-url)\.([a-z0-9-]+)\.(amazonaws\.com(\.cn)?|on\.aws)$/.exec(url.hostname);
  if (aws !== null && env.AWS_ACCESS_KEY_ID) {
    return sigv4(aws[2] as string, aws[1] === "lambda-url");
  }
  return { kind: "none" };
}

/** The headers of a request, including those of the {@link Authorization}. */
export async function authorize(
  request: AwsRequest & { readonly url: URL },
  authorization: Authorization,
  env: Env,
): Promise<Record<string, string>> {
  switch (authorization.kind) {
    case "none":
      return { ...request.headers };
    case "header":
      return { ...request.headers, [authorization.name]: authorization.value };
    case "google":
      return { ...request.headers, authorization: `Bearer ${await googleIdentityToken(request.url.origin, env)}` };
    case "sigv4":
      return signAws(request, authorization, await awsCredentials(env));
  }
}

function sigv4(region: string, isFunctionUrl: boolean): Authorization {
  return { kind: "sigv4", region, service: isFunctionUrl ? "lambda" : "execute-api" };
}

function keyHeader(value: string, isAzure: boolean): Authorization {
  return { kind: "header", name: isAzure ? "x-functions-key" : "x-api-key", value };
}

function bearer(token: string | undefined): Authorization {
  if (token === undefined) throw lacks("a token from its issuer", "--token TOKEN, or set TRICAST_TOKEN");
  return { kind: "header", name: "authorization", value: `Bearer ${token}` };
}

function lacks(what: string, fix: string): TricastError {
  return new TricastError("credentials-missing", `the endpoint requires ${what}, which is missing; give ${fix}`);
}
