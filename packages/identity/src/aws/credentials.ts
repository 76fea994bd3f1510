import { TricastError } from "@tricast/core";
import { askTool, type Env } from "../ask-tool.ts";
import { type Json, parseJson } from "../parse-json.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined;
}

/** Those of `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, as on Lambda. */
export function environmentCredentials(env: Env = process.env): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }) };
}

/**
 * Those of the environment, else those that the AWS CLI finds: profiles, single sign-on, roles, containers.
 * @throws {TricastError} `credentials-missing` where neither has any.
 */
export async function awsCredentials(env: Env = process.env): Promise<AwsCredentials> {
  const own = environmentCredentials(env);
  if (own !== undefined) return own;
  const answer = await askTool("aws", ["configure", "export-credentials", "--format", "process"], env);
  if (answer === undefined) throw missing("the AWS CLI, which could find others, is not installed");
  if (answer.exitCode !== 0) throw missing(`the AWS CLI failed: ${answer.reason}`);
  const { AccessKeyId, SecretAccessKey, SessionToken } = parseJson(answer.stdout, "the AWS CLI's answer") as Answer;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
interface Answer extends Json {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken?: string;
}

function missing(why: string): TricastError {
  return new TricastError(
    "credentials-missing",
    `AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and ${why}; set them, or run: aws sso login`,
  );
}
