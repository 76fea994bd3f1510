import type { AnyPredictor } from "@tricast/core";
import { bind, createService, type Guard } from "@tricast/core/adapter";
import { adapter } from "./adapter.ts";
import type { AcmeContext, AcmeEvent, AcmeReply } from "./events.ts";
import { ACME } from "./platform.ts";

export interface AcmeOptions {
  /** Lets requests in. Default: everybody is let in. */
  readonly guard?: Guard | undefined;
}

/** The function that Acme calls. The model begins to load at once. */
export function acme(
  predictor: AnyPredictor,
  options: AcmeOptions = {},
): (event: AcmeEvent, context: AcmeContext) => Promise<AcmeReply> {
  const service = createService(predictor, { platform: ACME, guard: options.guard });
  void service.start();
  return bind(service, adapter);
}
