import type { Service } from "@tricast/core/adapter";
import type { ModelEntry, ServedModel } from "../served-model.ts";

export function toEntry({ name, version, service }: ServedModel): ModelEntry {
  return { name, version, state: entryState(service), code: service.failureCode };
}

function entryState({ state }: Service): ModelEntry["state"] {
  switch (state) {
    case "ready":
      return "ready";
    case "failed":
      return "failed";
    case "closed":
      return "unloaded";
    default:
      return "loading";
  }
}
