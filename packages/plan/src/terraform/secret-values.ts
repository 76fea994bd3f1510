import { TricastError } from "@tricast/core";
import type { SecretReference } from "../config.ts";
import type { ResolvedContainer, ResolvedFunction } from "../resolved-plan.ts";
import type { ValueMap } from "./hcl.ts";

/** Where a secret may lie: the key of its reference. */
export type Store = SecretReference extends infer One ? (One extends unknown ? keyof One : never) : never;

/**
 * References to secrets by the name of their variable. `stores` are the target's own, with the name in the variables.
 * @throws {TricastError} `invalid-option` for a secret in another cloud's store.
 */
export function secretValues(
  one: ResolvedFunction | ResolvedContainer,
  stores: { readonly [S in Store]?: string },
): ValueMap {
  const entries = Object.entries(one.secrets).map(([name, reference]) => {
    const [store, place] = Object.entries(reference)[0] as [Store, string];
    const attribute = stores[store];
    if (attribute === undefined) throw unreachable(one, name, store, Object.keys(stores));
    return [name, { [attribute]: place }];
  });
  return Object.fromEntries(entries);
}

function unreachable(
  one: ResolvedFunction | ResolvedContainer,
  name: string,
  store: string,
  stores: readonly string[],
): TricastError {
  return new TricastError(
    "invalid-option",
    `secrets.${name} of ${one.predictor} on ${one.target} is in ${store}; what runs there reads ${stores.join(" or ") || "none"}; ` +
      `give the predictor a reference of its own under on.${one.target}.secrets`,
  );
}
