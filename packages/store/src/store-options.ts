export interface StoreOptions {
  /** A connection on which nothing moves for so long is broken. Default 30000. */
  readonly timeoutMs?: number | undefined;
  /** Instead of the store's own address. For `s3` also `AWS_ENDPOINT_URL_S3`, for `gs` `STORAGE_EMULATOR_HOST`. */
  readonly endpoint?: string | undefined;
  /** `s3`: default what the SDK resolves (`AWS_REGION`, the profile). */
  readonly region?: string | undefined;
  /** `s3`: `https://host/bucket/key` instead of `https://bucket.host/key`. Default: when there is a custom endpoint. */
  readonly pathStyle?: boolean | undefined;
  /** `s3`: a profile of the shared configuration files. Default `AWS_PROFILE`. */
  readonly profile?: string | undefined;
  /** `https`: sent with each request to the first host, such as `authorization`; not after a redirect to another. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `https`, `gs`, `az`, `s3`: certificates in PEM to trust instead of the public ones. */
  readonly ca?: string | undefined;
}
