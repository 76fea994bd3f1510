import { TricastError } from "@tricast/core";
import { awsCredentials, signAws } from "@tricast/identity/aws";
import type { Env } from "../io.ts";
import { unreachable } from "./call-endpoint.ts";

interface LambdaAlias {
  readonly FunctionVersion: string;
}

/**
 * The calls of Lambda's API that commands use (docs.aws.amazon.com/lambda/latest/api), signed with the caller's
 * credentials. As with the AWS SDKs, `AWS_ENDPOINT_URL_LAMBDA` sets another endpoint.
 */
export function lambdaApi(region: string, env: Env) {
  const call = (method: string, path: string, body?: unknown) => request(region, env, method, path, body);
  const functionPath = (name: string) => `/2015-03-31/functions/${encodeURIComponent(name)}`;
  return {
    /** Invokes a function and returns its JSON result. */
    invoke: (name: string, qualifier: string, event: unknown) =>
      call("POST", `${functionPath(name)}/invocations?Qualifier=${encodeURIComponent(qualifier)}`, event),
    getAlias: async (name: string, alias: string) =>
      (await call("GET", `${functionPath(name)}/aliases/${alias}`)) as LambdaAlias,
    /** Points an alias at one version, with all traffic. */
    async moveAlias(name: string, alias: string, version: string) {
      const RoutingConfig = { AdditionalVersionWeights: {} };
      await call("PUT", `${functionPath(name)}/aliases/${alias}`, { FunctionVersion: version, RoutingConfig });
    },
    /** Numbers of the published versions, oldest first. */
    async listVersions(name: string): Promise<readonly number[]> {
      const versions: number[] = [];
      let marker: string | undefined;
      do {
        const next = marker === undefined ? "" : `?Marker=${encodeURIComponent(marker)}`;
        const page = (await call("GET", `${functionPath(name)}/versions${next}`)) as VersionsPage;
        versions.push(...page.Versions.map(({ Version }) => Number(Version)).filter(Number.isInteger));
        marker = page.NextMarker ?? undefined;
      } while (marker !== undefined);
      return versions.sort((a, b) => a - b);
    },
  };
}

interface VersionsPage {
  readonly Versions: readonly { readonly Version: string }[];
  readonly NextMarker?: string | null;
}

async function request(region: string, env: Env, method: string, path: string, body: unknown): Promise<unknown> {
  const url = new URL(path, lambdaEndpoint(region, env));
  const text = body === undefined ? "" : JSON.stringify(body);
  const plain = { method, url, headers: { "content-type": "application/json" }, body: text };
  const headers = signAws(plain, { region, service: "lambda" }, await awsCredentials(env));
  const init = { method, headers, ...(body === undefined ? {} : { body: text }) };
  const response = await fetch(url, init).catch((cause) => Promise.reject(unreachable(url.origin, cause)));
  const answer = await response.text();
  const failure = response.headers.get("x-amz-function-error");
  if (response.ok && failure === null) return answer === "" ? undefined : JSON.parse(answer);
  throw new TricastError(
    response.status === 403 ? "credentials-missing" : "deploy-failed",
    `Lambda answered ${failure ?? response.status} to ${method} ${url.pathname}: ${answer.slice(0, 300)}`,
  );
}

function lambdaEndpoint(region: string, env: Env): string {
  const given = env.AWS_ENDPOINT_URL_LAMBDA || env.AWS_ENDPOINT_URL;
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return given || `https://lambda.${region}.${suffix}`;
}
