import { registry } from "./registry.ts";
import type { Tracer } from "./trace.ts";

/** Sets the tracer of this process; `undefined` stops tracing. */
export function setTracer(tracer: Tracer | undefined): void {
  registry().tracer = tracer;
}

export function currentTracer(): Tracer | undefined {
  return registry().tracer;
}
