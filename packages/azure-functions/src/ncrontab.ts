import { TricastError } from "@tricast/core";

interface Field {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly words?: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: readonly Field[] = [
  { name: "second", low: 0, high: 59 },
  { name: "minute", low: 0, high: 59 },
  { name: "hour", low: 0, high: 23 },
  { name: "day", low: 1, high: 31 },
  { name: "month", low: 1, high: 12, words: MONTHS },
  { name: "day of week", low: 0, high: 6, words: DAYS },
];

/**
 * Checks an NCRONTAB expression of six fields, seconds first (learn.microsoft.com: functions-bindings-timer).
 * `%NAME%` stands for an app setting, which only the host can read, and passes.
 * @throws {TricastError} `invalid-option`, naming the field, the value seen and the rule.
 */
export function checkSchedule(schedule: string): void {
  if (/^%[^%\s]+%$/.test(schedule)) return;
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) {
    const fix = parts.length === 5 ? `; put the seconds first, as in "0 ${schedule.trim()}"` : "";
    throw refused(schedule, `it has ${parts.length} fields and Azure reads six (${listFields()})${fix}`);
  }
  for (const [index, field] of FIELDS.entries()) checkField(schedule, parts[index] as string, field);
}

function checkField(schedule: string, part: string, field: Field): void {
  for (const item of part.split(",")) {
    const [range = "", step, ...rest] = item.split("/");
    const bounds = range === "*" ? [] : range.split("-");
    const valid =
      rest.length === 0 &&
      bounds.length <= 2 &&
      bounds.every((bound) => isWithin(bound, field)) &&
      (step === undefined || (/^\d+$/.test(step) && Number(step) > 0));
    if (!valid) {
      throw refused(
        schedule,
        `${field.name} is ${JSON.stringify(item)}, and must be *, ${field.low} to ${field.high}, a range, or either with /step`,
      );
    }
  }
}

function isWithin(bound: string, { low, high, words }: Field): boolean {
  if (words?.includes(bound.slice(0, 3).toLowerCase()) === true && /^[a-z]+$/i.test(bound)) return true;
  return /^\d+$/.test(bound) && Number(bound) >= low && Number(bound) <= high;
}

function listFields(): string {
  return FIELDS.map(({ name }) => name).join(", ");
}

function refused(schedule: string, why: string): TricastError {
  return new TricastError("invalid-option", `warmupSchedule is ${JSON.stringify(schedule)}: ${why}`);
}
