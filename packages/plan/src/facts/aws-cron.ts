import { show } from "@tricast/core/adapter";
import { invalidOption } from "./invalid-option.ts";

/**
 * Converts a five-field cron expression to the form of AWS: six fields with the year, `?` in one of the two day fields, days
 * of the week from 1 for Sunday (docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html; the same
 * in Application Auto Scaling).
 *
 * @throws {TricastError} `invalid-option` for a number of fields other than five, or for an expression with both a day of
 * the month and a day of the week: cron matches either day, and AWS cannot express that.
 * @example awsCron("0 8 * * 1-5") // "cron(0 8 ? * 2-6 *)"
 */
export function awsCron(expression: string): string {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5) {
    throw invalidOption(
      `the time ${show(expression)} has ${fields.length} fields; it must have five: minute, hour, day of month, month, day of week; write "0 8 * * 1-5" for 8:00 on working days`,
    );
  }
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  if (day !== "*" && weekday !== "*") {
    throw invalidOption(
      `the time ${show(expression)} names a day of the month and a day of the week; AWS accepts one of them; write two windows`,
    );
  }
  const days = weekday === "*" ? [day, "?"] : ["?", awsWeekdays(weekday)];
  return `cron(${minute} ${hour} ${days[0]} ${month} ${days[1]} *)`;
}

/** Converts days of the week from 0 or 7 for Sunday to 1 for Sunday. In AWS, no range goes past Saturday. */
function awsWeekdays(field: string): string {
  if (/[a-z]/i.test(field)) return field.toUpperCase();
  const days = new Set(
    field
      .split(",")
      .flatMap(daysOf)
      .map((day) => (day % 7) + 1),
  );
  const sorted = [...days].sort((a, b) => a - b);
  const isFirst = (day: number) => !days.has(day - 1);
  const lastFrom = (day: number): number => (days.has(day + 1) ? lastFrom(day + 1) : day);
  return sorted
    .filter(isFirst)
    .map((day) => (lastFrom(day) === day ? `${day}` : `${day}-${lastFrom(day)}`))
    .join(",");
}

/** `1-5`, `0`, `*`, `1-5/2`, or `2/2`, which ends on Saturday. */
function daysOf(part: string): readonly number[] {
  const [range = "", step] = part.split("/");
  const [from = "", to = step === undefined ? from : "6"] = range === "*" ? ["0", "6"] : range.split("-");
  const days: number[] = [];
  for (let day = Number(from); day <= Math.min(Number(to), 7); day += Math.max(1, Number(step ?? 1))) days.push(day);
  return days;
}
