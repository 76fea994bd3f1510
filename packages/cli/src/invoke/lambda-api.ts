import { TricastError } from "@tricast/core";
import { awsCredentials, signAws } from "@tricast/identity/aws";
import type { Env } from "../io.ts";
import { unreachable } from "./call-endpoint.ts";

export interface LambdaAlias {
  readonly FunctionVersion: string;
  readonly RoutingConfig?: { readonly AdditionalVersionWeights?: Readonly<Record<string, number>> } | undefined;
}

/** The calls of Lambda's API that commands use (docs.aws.amazon.com/lambda/latest/api). */
export interface LambdaApi {
  /** Invokes a function and returns its JSON answer. */
  invoke(name: string, qualifier: string, event: unknown): Promise<unknown>;
  getAlias(name: string, alias: string): Promise<LambdaAlias>;
  /** Points an alias at one version, with all traffic. */
  moveAlias(name: string, alias: string, version: string): Promise<void>;
  /** Numbers of the published versions, oldest first. */
  listVersions(name: string): Promise<readonly number[]>;
}

/** Signs with the caller's credentials. As with the AWS SDKs, `AWS_ENDPOINT_URL_LAMBDA` sets another endpoint. */
export function lambdaApi(region: string, env: Env): LambdaApi {
  const call = (method: string, path: string, body?: unknown) => request(region, env, method, path, body);
  const functionPath = (name: string) => `/2015-03-31/functions/${encodeURIComponent(name)}`;
  return {
    invoke: (name, qualifier, event) =>
      call("POST", `${functionPath(name)}/invocations?Qualifier=${encodeURIComponent(qualifier)}`, event),
    getAlias: async (name, alias) => (await call("GET", `${functionPath(name)}/aliases/${alias}`)) as LambdaAlias,
    async moveAlias(name, alias, version) {
      const RoutingConfig = { AdditionalVersionWeights: {} };
      await call("PUT", `${functionPath(name)}/aliases/${alias}`, { FunctionVersion: version, RoutingConfig });
    },
    async listVersions(name) {
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
