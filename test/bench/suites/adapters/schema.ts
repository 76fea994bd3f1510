import { Ajv, type ValidateFunction } from "ajv";
import { array, length, number, object, pipe } from "valibot";

/** The input as valibot writes it. */
export const valibotInput = object({ features: pipe(array(number()), length(4)) });

/** The same as JSON Schema. */
export const jsonInput = {
  type: "object",
  required: ["features"],
  properties: { features: { type: "array", items: { type: "number" }, minItems: 4, maxItems: 4 } },
};

/** Nothing is converted or taken away, as in the other validators. */
export const AJV_OPTIONS = { coerceTypes: false, removeAdditional: false, useDefaults: false } as const;

export function compile<T>(schema: object): ValidateFunction<T> {
  return new Ajv(AJV_OPTIONS).compile<T>(schema);
}

export interface Input {
  readonly features: number[];
}

/** The same by hand. */
export function isInput(value: unknown): value is Input {
  if (typeof value !== "object" || value === null) return false;
  const { features } = value as { features?: unknown };
  return Array.isArray(features) && features.length === 4 && features.every((item) => typeof item === "number");
}
