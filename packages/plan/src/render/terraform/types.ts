import { attributes, expr } from "./hcl.ts";
import { writeHcl } from "./write-hcl.ts";

/** Types of Terraform by the name of a member. */
type Types = Readonly<Record<string, string>>;

/** The type of an object. A blank line separates the groups of members. */
export function objectOf(...groups: readonly Types[]): string {
  const parts = groups.map((group) =>
    attributes(Object.fromEntries(Object.entries(group).map(([name, type]) => [name, expr(type)]))),
  );
  return `object({\n${writeHcl(parts).replaceAll(/^(?=.)/gm, "  ")}})`;
}

export function mapOf(type: string): string {
  return `map(${type})`;
}

/** A member that can be missing. @param fallback its default, as Terraform code. */
export function optional(type: string, fallback?: string): string {
  return fallback === undefined ? `optional(${type})` : `optional(${type}, ${fallback})`;
}

/** A map that can be missing. */
export function optionalMap(type: string): string {
  return optional(mapOf(type), "{}");
}

/** Members that the functions of several clouds have. */
export const ALARMS = {
  alarms: optional(objectOf({ error_percent: "number", p99_ms: "number", notify: "list(string)" })),
};
export const JWT = { jwt: optional(objectOf({ issuer: "string", audience: "list(string)" })) };
export const MODELS = { models: optionalMap(objectOf({ container: "string", prefix: "string" })) };
export const ENVIRONMENT = { environment: optionalMap("string") };
