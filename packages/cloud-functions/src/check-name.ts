import { TricastError } from "@tricast/core";

/**
 * Refuses a name that the framework would refuse (functions-framework: src/function_registry.ts).
 * @throws {TricastError} `invalid-option`
 */
export function checkName(name: string): void {
  if (/^[A-Za-z](?:[-_A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(name)) return;
  throw new TricastError(
    "invalid-option",
    `name is ${JSON.stringify(name)}; it must be 1 to 63 letters, digits, dashes or underscores, beginning with a letter and ending with a letter or digit`,
  );
}
