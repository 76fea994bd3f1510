import { TricastError } from "@tricast/core";

export function invalidOption(message: string): TricastError {
  return new TricastError("invalid-option", message);
}

/** @throws {TricastError} `invalid-option` for a value that is set and breaks the rule. */
export function checkOption(option: string, value: unknown, holds: boolean, rule: string): void {
  if (value !== undefined && !holds) throw invalidOption(`${option} is ${JSON.stringify(value)}; it must be ${rule}`);
}

export function checkChoice(option: string, value: unknown, choices: readonly unknown[]): void {
  checkOption(option, value, choices.includes(value), `one of ${choices.join(", ")}`);
}

/** @param meaning Meaning of the least value, for the message. */
export function checkWhole(option: string, value: unknown, least: number, most: number, meaning = ""): void {
  checkOption(option, value, isWhole(value, least, most), `a whole number from ${least}${meaning} to ${most}`);
}

/** The number in a text, such as a variable of the environment. */
export function readWhole(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (!text) return undefined;
  checkOption(name, text, isWhole(Number(text), least, most), `a whole number from ${least} to ${most}`);
  return Number(text);
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
