import type { ResolvedContainer } from "../resolved-plan.ts";
import { type Store, secretValues } from "../terraform/secret-values.ts";

export interface SecretPlace {
  /** The variable that the secret becomes. */
  readonly variable: string;
  readonly store: Store;
  readonly place: string;
}

/**
 * For platforms that look no secrets up: a value would stand readable in the endpoint's settings.
 * @throws {TricastError} `invalid-option` where there are any.
 */
export function refuseSecrets(container: ResolvedContainer): void {
  secretPlaces(container, []);
}

/**
 * Where the secrets of a container lie.
 * @throws {TricastError} `invalid-option` for a secret in another store than the platform's own.
 */
export function secretPlaces(container: ResolvedContainer, stores: readonly Store[]): readonly SecretPlace[] {
  const values = secretValues(container, Object.fromEntries(stores.map((store) => [store, store])));
  return Object.entries(values).map(([variable, reference]) => {
    const [store, place] = Object.entries(reference as Readonly<Record<Store, string>>)[0] as [Store, string];
    return { variable, store, place };
  });
}
