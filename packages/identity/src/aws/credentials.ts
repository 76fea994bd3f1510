import { askTool, type Env } from "../ask-tool.ts";
import { credentialsMissing, type Json, parseJson } from "../parse-json.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Only temporary credentials have it. */
  readonly sessionToken?: string | undefined;
}

/** The credentials in `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, as on Lambda. */
export function environmentCredentials(env: Env = process.env): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }) };
}

/**
 * The credentials of the environment, else those that the AWS CLI finds: profiles, single sign-on, roles, containers.
 * @throws {TricastError} `credentials-missing` if both find nothing.
 */
export async function awsCredentials(env: Env = process.env): Promise<AwsCredentials> {
  const own = environmentCredentials(env);
  if (own !== undefined) return own;
  const answer = await askTool("aws", ["configure", "export-credentials", "--format", "process"], env);
  if (answer === undefined) throw missing("the AWS CLI, which finds other credentials, is not installed");
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

function missing(why: string): Error {
  const unset = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set";
  return credentialsMissing(`${unset}, and ${why}; set them, or run: aws sso login`);
}
