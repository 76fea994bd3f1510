import { TricastError } from "@tricast/core";
import type { ModelHost } from "../model-host.ts";
import type { ServedModel } from "../served-model.ts";

/**
 * The model of a contract whose routes name none.
 * @throws {TricastError} `not-found` where there is none, or several, with the way to name one.
 */
export function soleModel(host: ModelHost, otherwise: string): ServedModel {
  const models = host.list();
  const only = models[0];
  if (only !== undefined && models.length === 1) return only;
  const names = models.map(({ name }) => name).join(", ");
  throw new TricastError(
    "not-found",
    only === undefined
      ? "This server serves no model"
      : `This server serves ${names}, and the route names none; ${otherwise}`,
  );
}
