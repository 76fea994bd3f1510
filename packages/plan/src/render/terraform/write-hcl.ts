import { type Block, type Call, isCall, isExpression, type Part, type Value, type ValueMap } from "./hcl.ts";

/** Writes the layout of `terraform fmt`: two spaces, and `=` of neighbouring one-line attributes in one column. */
export function writeHcl(parts: readonly Part[]): string {
  return `${writeParts(parts, "").join("\n")}\n`;
}

const INDENT = "  ";
/** A longer list has a line for each value. */
const LIST_WIDTH = 80;

function writeParts(parts: readonly Part[], indent: string): string[] {
  return parts.flatMap((part, index) => {
    const lines = writePart(part, indent);
    // A comment is directly above the part that it describes.
    const above = parts[index - 1];
    const isApart = above !== undefined && lines.length > 0 && (above.kind !== "comment" || above.isTitle === true);
    return isApart ? ["", ...lines] : lines;
  });
}

function writePart(part: Part, indent: string): string[] {
  if (part.kind === "comment") return part.lines.map((line) => `${indent}# ${line}`);
  if (part.kind === "block") return writeBlock(part, indent);
  return writeEntries(part.values, indent);
}

function writeBlock({ type, labels, body }: Block, indent: string): string[] {
  const head = [type, ...labels.map(quote)].join(" ");
  const lines = writeParts(body, indent + INDENT);
  return lines.length === 0 ? [`${indent}${head} {}`] : [`${indent}${head} {`, ...lines, `${indent}}`];
}

function writeEntries(values: ValueMap, indent: string): string[] {
  const entries = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key: writeKey(key), lines: writeValue(value, indent) }],
  );
  return entries.flatMap(({ key, lines: [first = "", ...others] }, index) => {
    const width = others.length > 0 ? key.length : groupWidth(entries, index);
    return [`${indent}${key.padEnd(width)} = ${first}`, ...others];
  });
}

/** The longest key of the one-line entries around `index`. An entry of several lines ends a column. */
function groupWidth(entries: readonly { key: string; lines: readonly string[] }[], index: number): number {
  const isLine = (at: number) => entries[at]?.lines.length === 1;
  let from = index;
  while (isLine(from - 1)) from--;
  let to = index;
  while (isLine(to + 1)) to++;
  return Math.max(...entries.slice(from, to + 1).map(({ key }) => key.length));
}

/** The first line has no indentation. The other lines have it. */
function writeValue(value: Value, indent: string): string[] {
  if (isCall(value)) return writeCall(value, indent);
  if (isExpression(value)) return writeLines(value.text, indent);
  if (typeof value === "string") return [quote(value)];
  if (value === null || typeof value !== "object") return [String(value)];
  return isList(value) ? writeList(value, indent) : writeMap(value, indent);
}

function writeLines(text: string, indent: string): string[] {
  return text.split("\n").map((line, index) => (index === 0 || line === "" ? line : indent + line));
}

/** The argument begins and ends on the lines of the call. */
function writeCall({ call, argument }: Call, indent: string): string[] {
  const lines = writeValue(argument, indent);
  return lines.map((line, index) => `${index === 0 ? `${call}(` : ""}${line}${index === lines.length - 1 ? ")" : ""}`);
}

function withComma(lines: readonly string[]): string[] {
  return lines.map((line, index) => (index === lines.length - 1 ? `${line},` : line));
}

function writeList(values: readonly Value[], indent: string): string[] {
  const items = values.map((value) => shortMap(value) ?? writeValue(value, indent + INDENT));
  const line = `[${items.map(([first]) => first).join(", ")}]`;
  if (items.every((lines) => lines.length === 1) && line.length <= LIST_WIDTH) return [line];
  const rows = items.flatMap(([first = "", ...others]) => withComma([`${indent}${INDENT}${first}`, ...others]));
  return ["[", ...rows, `${indent}]`];
}

/** A short map in a list, on one line. */
function shortMap(value: Value): [string] | undefined {
  if (typeof value !== "object" || value === null || isExpression(value) || isList(value)) return undefined;
  const entries = Object.entries(value).map(
    ([key, own]) => `${writeKey(key)} = ${writeValue(own ?? null, "").join("\n")}`,
  );
  const line = `{ ${entries.join(", ")} }`;
  return entries.length > 0 && line.length <= LIST_WIDTH && !line.includes("\n") ? [line] : undefined;
}

function writeMap(values: ValueMap, indent: string): string[] {
  const lines = writeEntries(values, indent + INDENT);
  return lines.length === 0 ? ["{}"] : ["{", ...lines, `${indent}}`];
}

function isList(value: readonly Value[] | ValueMap): value is readonly Value[] {
  return Array.isArray(value);
}

function writeKey(key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) ? key : quote(key);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "${": "$${",
  "%{": "%%{",
};

/** developer.hashicorp.com/terraform/language/expressions/strings, "Escape Sequences" */
function quote(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: HCL refuses control characters
  const escaped = text.replace(/[\\"]|[$%]\{|[\u0000-\u001f\u007f]/g, (found) => ESCAPES[found] ?? codePoint(found));
  return `"${escaped}"`;
}

function codePoint(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
