import type { GetObjectCommand, S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { TricastError } from "@tricast/core";
import { optionalImport } from "@tricast/core/adapter";
import type { StoreOptions } from "../../store-options.ts";
import { denied, statusError } from "../errors.ts";
import { agentSettings } from "../http/client.ts";
import type { StoreRequest } from "../remote-store.ts";
import { CREDENTIALS, endpointOf } from "./environment.ts";
import { encodeQuery, type SignS3 } from "./sign.ts";

/** The part of the SDK's request that is read here. */
interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  method: string;
  query: Readonly<Record<string, string>>;
  headers: Readonly<Record<string, string>>;
}

/**
 * Addresses and signatures from the AWS SDK, which resolves profiles, single sign-on, roles and every kind of bucket.
 * The SDK sends nothing to S3 itself, except for the session of a directory bucket.
 * @throws {TricastError} `missing-dependency`
 */
export async function createSdkSigner(bucket: string, options: StoreOptions): Promise<SignS3> {
  const sdk = await optionalImport("@aws-sdk/client-s3", "s3://", () => import("@aws-sdk/client-s3"));
  const clients = new Map<string | undefined, S3Client>();
  return async (request, { region, aheadMs }) => {
    const { key, what, signal } = request;
    const client = clients.get(region) ?? new sdk.S3Client(clientConfig({ ...options, ...(region && { region }) }));
    clients.set(region, client);
    client.config.systemClockOffset = aheadMs;
    const input = { Bucket: bucket, Key: key };
    const command = key === "" ? new sdk.ListObjectsV2Command(input) : new sdk.GetObjectCommand(input);
    try {
      return await sign(client, command as GetObjectCommand, request);
    } catch (error) {
      throw translate(error, what, signal);
    }
  };
}

/** Runs the SDK's steps up to the signature, and stops before it sends. */
async function sign(client: S3Client, command: GetObjectCommand, request: StoreRequest): ReturnType<SignS3> {
  const { method, query = {}, headers, signal } = request;
  const signed = Promise.withResolvers<SdkRequest>();
  const stack = command.middlewareStack;
  stack.add(
    (next) => (args) => {
      const prepared = args.request as SdkRequest;
      Object.assign(prepared, { method, query, headers: { ...prepared.headers, ...headers } });
      return next(args);
    },
    { step: "build", name: "tricastRequest" },
  );
  stack.add(
    () => async (args) => {
      signed.resolve(args.request as SdkRequest);
      return { response: undefined, output: { $metadata: {} } };
    },
    { step: "deserialize", priority: "high", name: "tricastSigned" },
  );
  await client.send(command, { abortSignal: signal });
  const { protocol, hostname, port, path, ...rest } = await signed.promise;
  const url = new URL(`${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`);
  // Assigned, not parsed, so that an encoded path stays as it was signed.
  return { url: Object.assign(url, { pathname: path, search: encodeQuery(rest.query) }), headers: rest.headers };
}

/** The SDK resolves what is left out, from the environment and its files: region, profile, roles, credentials. */
function clientConfig(options: StoreOptions): S3ClientConfig {
  const { region, profile, pathStyle } = options;
  const endpoint = endpointOf(options);
  const agent = agentSettings(options);
  return {
    ...(endpoint && { endpoint }),
    ...(region && { region }),
    ...(profile && { profile }),
    forcePathStyle: pathStyle ?? Boolean(endpoint),
    // The store counts attempts.
    maxAttempts: 1,
    // The manifest has a digest of the whole file, and some compatible stores refuse the SDK's newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { httpAgent: agent, httpsAgent: agent },
  };
}

type SdkError = Error & { readonly $metadata?: { readonly httpStatusCode?: number } };

/** An error of the SDK, which found no region or no credentials, as an error of a store. */
function translate(error: unknown, what: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const { name, message, $metadata } = error as SdkError;
  if (name === "CredentialsProviderError") {
    return denied(`${what}: ${message}; ${CREDENTIALS}, or use https:// for a public object`, error);
  }
  if (message === "Region is missing") {
    const missing = `${what}: no region is set; set AWS_REGION to the region of the bucket`;
    return new TricastError("invalid-option", missing, { cause: error });
  }
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return error;
  return statusError({ status, headers: {} }, { what, detail: `${name}: ${message}`, credentials: CREDENTIALS });
}
