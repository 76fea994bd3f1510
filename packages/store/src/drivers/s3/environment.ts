import { existsSync } from "node:fs";
import { join } from "node:path";
import { type AwsCredentials, environmentCredentials } from "@tricast/identity/aws";
import type { StoreOptions } from "../../store-options.ts";
import type { UriOf } from "../../uri.ts";

export type Root = UriOf<"s3">;

/** Ends the message of an error about credentials. */
export const CREDENTIALS =
  "check the credentials of the environment or the AWS SDK (AWS_PROFILE, AWS_ACCESS_KEY_ID, the role); they need s3:GetObject, and s3:ListBucket to distinguish a missing object from a forbidden one";

/** The values for signed requests, read when the store was opened. */
export interface S3Environment {
  readonly credentials: AwsCredentials;
  readonly region: string;
  /** URL of the bucket, without a trailing `/`. */
  readonly address: string;
}

/** docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; names of other kinds of buckets end with `--` and a suffix. */
const PLAIN_BUCKET = /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
/** Regions whose endpoints end in amazonaws.com: docs.aws.amazon.com/general/latest/gr/s3.html */
const PLAIN_REGION = /^(?:(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+|us-gov-[a-z]+)-\d+$/;
/** Settings that change the address or the keys in ways that only the SDK implements. */
const SDK_ONLY = [
  "AWS_PROFILE",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_USE_FIPS_ENDPOINT",
  "AWS_USE_DUALSTACK_ENDPOINT",
  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
];

/** A configured endpoint, which replaces AWS's own. */
export function endpointOf({ endpoint }: StoreOptions, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return endpoint || env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined;
}

/**
 * Keys, region and address, if the environment alone defines them, as on Lambda. Such a store does not need the SDK,
 * whose import takes longer than fetching a small model. `undefined` if only the SDK finds the right values: with a
 * profile, a shared configuration file, keys that expire while the process runs, or a bucket or region of another kind.
 */
export function readEnvironment(
  { bucket }: Pick<Root, "bucket">,
  options: StoreOptions,
  env: NodeJS.ProcessEnv = process.env,
): S3Environment | undefined {
  const credentials = environmentCredentials(env);
  const region = options.region || env.AWS_REGION;
  if (credentials === undefined || !region) return undefined;
  if (options.profile || SDK_ONLY.some((name) => env[name]) || hasConfigFile(env)) return undefined;
  const address = addressOf(bucket, region, options, env);
  return address === undefined ? undefined : { credentials, region, address };
}

/** The SDK's places for the shared configuration file: docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
function hasConfigFile({ AWS_CONFIG_FILE, HOME, USERPROFILE }: NodeJS.ProcessEnv): boolean {
  const home = HOME || USERPROFILE;
  if (AWS_CONFIG_FILE) return existsSync(AWS_CONFIG_FILE);
  return home !== undefined && existsSync(join(home, ".aws", "config"));
}

function addressOf(bucket: string, region: string, options: StoreOptions, env: NodeJS.ProcessEnv): string | undefined {
  const endpoint = endpointOf(options, env);
  const inPath = options.pathStyle ?? endpoint !== undefined;
  if (!PLAIN_BUCKET.test(bucket)) return undefined;
  if (endpoint !== undefined) return inPath ? `${endpoint.replace(/\/+$/, "")}/${bucket}` : undefined;
  if (!PLAIN_REGION.test(region)) return undefined;
  const host = `s3.${region}.amazonaws.com`;
  return inPath ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
}
