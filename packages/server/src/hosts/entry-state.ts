import type { Service } from "@tricast/core";
import type { ModelEntry } from "../served-model.ts";

export function entryState({ state }: Service): ModelEntry["state"] {
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
