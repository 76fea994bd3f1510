import { show } from "@tricast/core/adapter";

const UNITS: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 };

/** Minutes of `5 minutes`, `1 hour` or `2 days`. For other values, the problem: a text that follows the name of the field. */
export function parseEvery(every: unknown): number | { readonly problem: string } {
  const match = typeof every === "string" ? /^([1-9]\d{0,4}) (minute|hour|day)s?$/.exec(every) : null;
  if (match !== null) return Number(match[1]) * (UNITS[match[2] as string] as number);
  return {
    problem: `is ${show(every)}; it must be a number of minutes, hours or days, because no scheduler of a cloud counts seconds; write "5 minutes"`,
  };
}
