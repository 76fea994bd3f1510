export interface StoreOptions {
  /** Milliseconds without any data after which a connection counts as broken. Default 30000. */
  readonly timeoutMs?: number | undefined;
  /** Replaces the cloud's own address. Default: `AWS_ENDPOINT_URL_S3` for `s3`, `STORAGE_EMULATOR_HOST` for `gs`. */
  readonly endpoint?: string | undefined;
  /** `s3`. Default: `AWS_REGION`, else the region that the SDK finds in the profile. */
  readonly region?: string | undefined;
  /** `s3`: `https://host/bucket/key` instead of `https://bucket.host/key`. Default: true with a custom endpoint. */
  readonly pathStyle?: boolean | undefined;
  /** `s3`: a profile of the shared configuration files. Default `AWS_PROFILE`. */
  readonly profile?: string | undefined;
  /** `https`: headers of each request, such as `authorization`. They are not sent to another host after a redirect. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `https`, `gs`, `az`, `s3`: certificates in PEM to trust instead of the public ones. */
  readonly ca?: string | undefined;
}
