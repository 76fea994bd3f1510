/** What a function on AWS may do with its own log group. The group is made with it, so that its retention holds. */
export const LOG_ACTIONS = ["logs:CreateLogStream", "logs:PutLogEvents"] as const;

export interface ModelPermission {
  readonly action: string;
  /** The end of the ARN, behind `s3:::`. */
  readonly resource: string;
  /** The condition that limits it: `s3:prefix` is like this. */
  readonly prefix: string | undefined;
}

/**
 * What reading a model in S3 needs. `bucket` and `objects`: names, or expressions that give them. Serving lists nothing, but
 * S3 answers 404 for a missing object only to callers who may list it, and 403 to others
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
