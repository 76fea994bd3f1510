import type { TricastError } from "@tricast/core";
import type { ContainerTargetName, SecretReference, TargetName } from "../config.ts";
import type { ResolvedContainer, ResolvedFunction } from "../resolved-plan.ts";
import { invalidOption } from "./invalid-option.ts";

/** A secret store: the key of a reference. */
export type SecretStore = SecretReference extends infer One ? (One extends unknown ? keyof One : never) : never;

/** The stores that each platform reads. Managed endpoints do not read a store: a value would be readable in their settings. */
export const SECRET_STORES: Readonly<Record<TargetName | ContainerTargetName, readonly SecretStore[]>> = {
  aws: ["ssm", "secretsManager"],
  azure: ["keyVault"],
  gcp: ["secretManager"],
  kubernetes: ["kubernetes"],
  ecs: ["ssm", "secretsManager"],
  sagemaker: [],
  vertex: [],
  azureMl: [],
};

export interface SecretLocation {
  /** The environment variable with the value of the secret. */
  readonly variable: string;
  readonly store: SecretStore;
  /** Name, ARN or address of the secret in its store. */
  readonly address: string;
}

type Owner = Pick<ResolvedFunction | ResolvedContainer, "target" | "predictor" | "secrets">;

/**
 * The locations of the secrets of a predictor.
 * @throws {TricastError} `invalid-option` for a secret in a store that the platform does not read.
 */
export function secretLocations(one: Owner): readonly SecretLocation[] {
  return Object.entries(one.secrets).map(([variable, reference]) => {
    const location = { variable, store: storeOf(reference), address: Object.values(reference)[0] as string };
    if (!SECRET_STORES[one.target].includes(location.store)) throw unreachable(one, location);
    return location;
  });
}

/** The store that a reference names. */
export function storeOf(reference: SecretReference): SecretStore {
  return Object.keys(reference)[0] as SecretStore;
}

function unreachable({ target, predictor }: Owner, { variable, store }: SecretLocation): TricastError {
  return invalidOption(
    `secrets.${variable} of ${predictor} on ${target} is in ${store}; the platform reads ${SECRET_STORES[target].join(" or ") || "none"}; ` +
      `set another reference for the predictor under on.${target}.secrets`,
  );
}
