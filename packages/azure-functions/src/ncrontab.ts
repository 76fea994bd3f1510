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
 * `%NAME%` is the value of an app setting, which only the host can read, and is accepted.
 *
 * @param place where it is written, for the message.
 * @throws {TricastError} `invalid-option`, naming the field, the value seen and the rule.
 */
export function checkSchedule(schedule: string, place = "warmupSchedule"): void {
  const problem = /^%[^%\s]+%$/.test(schedule) ? undefined : problemIn(schedule);
  if (problem !== undefined)
    throw new TricastError("invalid-option", `${place} is ${JSON.stringify(schedule)}: ${problem}`);
}

function problemIn(schedule: string): string | undefined {
  const parts = schedule.trim().split(/\s+/);
  if (parts.length === FIELDS.length) {
    return FIELDS.map((field, index) => problemInField(parts[index] as string, field)).find(Boolean);
  }
  const fix = parts.length === 5 ? `; put the seconds first, as in "0 ${schedule.trim()}"` : "";
  return `it has ${parts.length} fields and Azure reads six (${FIELDS.map(({ name }) => name).join(", ")})${fix}`;
}

function problemInField(part: string, field: Field): string | undefined {
  const wrong = part.split(",").find((item) => !isItem(item, field));
  if (wrong === undefined) return undefined;
  return `${field.name} is ${JSON.stringify(wrong)}, and must be *, ${field.low} to ${field.high}, a range, or either with /step`;
}

function isItem(item: string, field: Field): boolean {
  const [range = "", step, ...rest] = item.split("/");
  const bounds = range === "*" ? [] : range.split("-");
  return (
    rest.length === 0 &&
    bounds.length <= 2 &&
    bounds.every((bound) => isWithin(bound, field)) &&
    (step === undefined || (/^\d+$/.test(step) && Number(step) > 0))
  );
}

function isWithin(bound: string, { low, high, words }: Field): boolean {
  if (words?.includes(bound.slice(0, 3).toLowerCase()) === true && /^[a-z]+$/i.test(bound)) return true;
  return /^\d+$/.test(bound) && Number(bound) >= low && Number(bound) <= high;
}
