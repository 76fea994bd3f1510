import type { EventSource } from "../event-source.ts";
import { albMulti, albSingle } from "./alb.ts";
import { functionUrl } from "./function-url.ts";
import { httpApi, httpApiStage } from "./http-api.ts";
import { latticeV1, latticeV2 } from "./lattice.ts";
import { httpApiV1, restApi } from "./rest-api.ts";

/** Every way in by which a client's HTTP request reaches a function. */
export const AWS_EVENT_SOURCES: readonly EventSource[] = [
  httpApi,
  httpApiStage,
  functionUrl,
  restApi,
  httpApiV1,
  albSingle,
  albMulti,
  latticeV2,
  latticeV1,
];
