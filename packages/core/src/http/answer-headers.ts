import type { CorsOptions } from "../definition.ts";
import { registry } from "../registry.ts";
import type { InferenceResponse, Invocation, RequestHead } from "../seam.ts";
import { corsHeaders, varyByOrigin } from "./cors.ts";

/** If versions share the traffic, requests with the same value of this header get the same version. */
export const KEY_HEADER = "x-tricast-key";
const VERSION_HEADER = "x-tricast-model-version";

export interface AnswerFacts {
  readonly invocation: Invocation;
  readonly coldStart: boolean;
  /** The value of `Server-Timing`; empty if no phase was timed. */
  readonly timing: string;
  /** Version of the model that answered, if its source has versions. */
  readonly version: string | undefined;
  readonly cors: CorsOptions | undefined;
  /** The request, if it is known. */
  readonly head: RequestHead | undefined;
}

/** The headers of one response: the common ones, and its own. */
export function answerHeaders(
  { invocation, coldStart, timing, version, cors, head }: AnswerFacts,
  own: InferenceResponse["headers"],
): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = {
    "x-tricast-instance": registry().instance,
    "x-tricast-cold-start": coldStart ? "true" : "false",
    "x-request-id": invocation.id,
  };
  if (timing !== "") headers["server-timing"] = timing;
  for (const name in own) headers[name] = own[name] as string | readonly string[];
  if (version !== undefined) headers[VERSION_HEADER] = version;
  if (cors !== undefined && head !== undefined) addCors(headers, cors, head);
  return headers;
}

function addCors(headers: Record<string, string | readonly string[]>, cors: CorsOptions, head: RequestHead): void {
  const own = headers.vary;
  Object.assign(headers, corsHeaders(cors, head));
  if (own !== undefined && headers.vary !== own) headers.vary = varyByOrigin(own);
}
