interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly words?: readonly string[];
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: readonly Field[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of month", least: 1, most: 31 },
  { name: "month", least: 1, most: 12, words: MONTHS },
  { name: "day of week", least: 0, most: 7, words: DAYS },
];

/** The fix for a wrong five-field cron expression; `undefined` for a valid one. */
export function findCronProblem(expression: string): string | undefined {
  const parts = expression.split(" ");
  if (parts.length === 6) return `remove the seconds: ${JSON.stringify(parts.slice(1).join(" "))}`;
  if (parts.length !== FIELDS.length) return 'write five fields, such as "0 8 * * 1-5"';
  const index = FIELDS.findIndex((field, position) => !isField(parts[position] as string, field));
  const field = FIELDS[index];
  return field && `the ${field.name} is ${JSON.stringify(parts[index])}; write ${field.least} to ${field.most}, or *`;
}

/** Whether an expression names a day of the month and a day of the week. */
export function namesBothDays(expression: string): boolean {
  const [, , dayOfMonth, , dayOfWeek] = expression.split(" ");
  return dayOfMonth !== "*" && dayOfWeek !== "*";
}

function isField(text: string, field: Field): boolean {
  return text.split(",").every((part) => isPart(part, field));
}

/** `*`, `5` or `1-5`, each with an optional step: `0-30/10`. */
function isPart(part: string, field: Field): boolean {
  const match = /^(\*|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:\/([1-9]\d?))?$/i.exec(part);
  if (match === null) return false;
  const [, range, from, to] = match;
  if (range === "*") return true;
  const first = toNumber(from as string, field);
  const last = to === undefined ? first : toNumber(to, field);
  return first !== undefined && last !== undefined && first <= last;
}

/** Months count from 1 and days of the week from 0, as `least` does. */
function toNumber(text: string, { least, most, words = [] }: Field): number | undefined {
  const word = words.indexOf(text.toLowerCase());
  const value = word === -1 ? Number(text) : word + least;
  return Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}
