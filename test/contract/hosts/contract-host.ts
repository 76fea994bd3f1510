import type { AdapterHost } from "@tricast/core/testing";
import { differencesOf } from "../differences.ts";

/** One way by which a client's HTTP request reaches a predictor on a platform of ours. */
export type ContractHost = AdapterHost;

/** A host with its row of differences, which every host has. */
export function contractHost(host: Omit<AdapterHost, "differences">): ContractHost {
  return { ...host, differences: differencesOf(host.name) };
}
