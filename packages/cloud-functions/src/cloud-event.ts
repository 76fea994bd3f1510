/** A CloudEvent 1.0 as the framework passes it, from binary or structured mode. */
export interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject?: string;
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly data?: unknown;
  /** Bytes in structured mode. */
  readonly data_base64?: string;
  readonly traceparent?: string;
}
