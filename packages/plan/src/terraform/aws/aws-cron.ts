import { TricastError } from "@tricast/core";

/**
 * A five-field cron as AWS writes it: six fields with the year, `?` for whichever day field is not asked for, and days
 * of the week from 1 for Sunday (docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html).
 * @throws {TricastError} `invalid-option` for what AWS cannot say: both day fields at once.
 */
export function toAwsCron(cron: string): string {
  const [minute, hour, dayOfMonth, month, dayOfWeek, ...rest] = cron.trim().split(/\s+/);
  if (dayOfWeek === undefined || rest.length > 0) throw invalid(cron, "it must have five fields");
  if (dayOfMonth !== "*" && dayOfWeek !== "*") {
    throw invalid(cron, "AWS takes a day of the month or days of the week, not both; write two windows");
  }
  const days = dayOfWeek === "*" ? [dayOfMonth, "?"] : ["?", toAwsDays(dayOfWeek)];
  return `cron(${[minute, hour, days[0], month, days[1], "*"].join(" ")})`;
}

/** Names of days are the same in both. */
function toAwsDays(field: string): string {
  if (/[a-z]/i.test(field)) return field.toUpperCase();
  const days = [...new Set(field.split(",").flatMap(daysOf))].map((day) => day + 1).sort();
  const [first = 1] = days;
  const isRange = days.length > 2 && days.every((day, index) => day === first + index);
  return isRange ? `${first}-${days.at(-1)}` : days.join(",");
}

/** From 0 for Sunday. */
function daysOf(item: string): number[] {
  const [days = "", step = "1"] = item.split("/");
  const [from, to] = days === "*" ? [0, 6] : days.split("-").map(Number);
  const last = to ?? (item.includes("/") ? 6 : from);
  const all: number[] = [];
  for (let day = from ?? 0; day <= (last ?? 6); day += Number(step)) all.push(day % 7);
  return all;
}

function invalid(cron: string, rule: string): TricastError {
  return new TricastError("invalid-option", `warmInstances.schedule has ${JSON.stringify(cron)}; ${rule}`);
}
