/** Permissions of a function on AWS for its own log group. The deployment creates the group with its retention. */
export const LOG_ACTIONS = ["logs:CreateLogStream", "logs:PutLogEvents"] as const;

export interface ModelPermission {
  readonly action: string;
  /** The last part of the ARN, after `s3:::`. */
  readonly resource: string;
  /** A condition: `s3:prefix` must match it. */
  readonly prefix: string | undefined;
}

/**
 * Permissions to read a model in S3. `bucket` and `objects` are names, or expressions for them. Serving does not list
 * objects, but S3 answers 404 for a missing object only to callers that may list it, and 403 to others
 * (docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
 */
export function modelPermissions(bucket: string, objects: string): readonly ModelPermission[] {
  return [
    { action: "s3:GetObject", resource: `${bucket}/${objects}`, prefix: undefined },
    { action: "s3:ListBucket", resource: bucket, prefix: objects },
  ];
}

/** Roles of Google Cloud. */
export const GCP_ROLES = {
  invoker: "roles/run.invoker",
  modelReader: "roles/storage.objectViewer",
  secretReader: "roles/secretmanager.secretAccessor",
} as const;

/** Only objects below the model's prefix (cloud.google.com/iam/docs/conditions-resource-attributes). */
export function gcpModelObjects(bucket: string, prefix: string): string {
  return `projects/_/buckets/${bucket}/objects/${prefix}`;
}

/** Roles of Azure. */
export const AZURE_ROLES = { modelReader: "Storage Blob Data Reader", secretReader: "Key Vault Secrets User" } as const;
