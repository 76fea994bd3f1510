import { TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import { findTool, lastLine, type ToolOptions, tryTool } from "../tools/run-tool.ts";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

type Env = ToolOptions["env"];

/**
 * Those of the environment, else those that the AWS CLI finds: profiles, single sign-on, roles.
 * @throws {TricastError} `credentials-missing` where there are none.
 */
export async function awsCredentials(env: Env): Promise<AwsCredentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
  if (accessKeyId && secretAccessKey)
    return { accessKeyId, secretAccessKey, sessionToken: AWS_SESSION_TOKEN || undefined };
  if (findTool("aws", { env }) === undefined) throw none("there is no AWS CLI to ask for others");
  const { exitCode, stdout, stderr } = await tryTool(
    "aws",
    ["configure", "export-credentials", "--format", "process"],
    {
      env,
    },
  );
  if (exitCode !== 0) throw none(`the AWS CLI said: ${lastLine(stderr)}`);
  return parse(stdout);
}

/** The answer of a credential process (docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html). */
function parse(text: string): AwsCredentials {
  try {
    const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(text);
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  } catch (cause) {
    throw none(`the AWS CLI's answer cannot be read: ${messageOf(cause)}`);
  }
}

function none(why: string): TricastError {
  return new TricastError(
    "credentials-missing",
    `AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and ${why}; set them, or run: aws sso login`,
  );
}
