import { TricastError } from "@tricast/core";
import type { ModelHost } from "../model-host.ts";
import type { ServedModel } from "../served-model.ts";

/**
 * The only model, for a protocol whose routes do not name a model.
 * @throws {TricastError} `not-found` if the server has no model, or several. `otherwise` is the fix: a way to name one.
 */
export function soleModel(host: ModelHost, otherwise: string): ServedModel {
  const models = host.list();
  const [only] = models;
  if (only !== undefined && models.length === 1) return only;
  const names = models.map(({ name }) => name).join(", ");
  const several = `This server serves ${names}, and the route does not name a model; ${otherwise}`;
  throw new TricastError(
    "not-found",
    only === undefined ? "This server does not serve a model; load one first" : several,
  );
}
