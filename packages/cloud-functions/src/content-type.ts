import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

let isKept = false;

/**
 * Adds the content type to events in binary mode, in which it is a header without the prefix `ce-`
 * (github.com/cloudevents/spec: bindings/http-protocol-binding.md, 3.1.1). The framework makes events of the prefixed headers
 * only (src/cloud_events.ts), so `predict` would see CSV or an image as bytes without a type. Node publishes each request
 * before the framework reads its headers.
 */
export function keepContentType(): void {
  if (isKept) return;
  isKept = true;
  subscribe("http.server.request.start", (message) => {
    const { headers } = (message as { readonly request: IncomingMessage }).request;
    const type = headers["content-type"];
    if (headers["ce-specversion"] !== undefined && type !== undefined) headers["ce-datacontenttype"] ??= type;
  });
}
