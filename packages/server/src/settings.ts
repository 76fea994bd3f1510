/** Options of the server with every default filled in, and the environment they were read from. Read once, at the start. */
export interface ServerSettings {
  readonly host: string;
  /** 0 is any free port. */
  readonly port: number;
  /** Requests being answered at one time. */
  readonly maxInFlight: number;
  /** Requests that wait for that, with their bodies. */
  readonly maxQueue: number;
  /** Largest body in bytes, before and after decompression. */
  readonly maxBodyBytes: number;
  /** Name and version that protocols tell of the server itself. */
  readonly serverName: string;
  readonly serverVersion: string;
  /** The variables of the platform: `AIP_PREDICT_ROUTE`, `SAGEMAKER_MULTI_MODEL` ... */
  readonly env: Readonly<Record<string, string | undefined>>;
}
