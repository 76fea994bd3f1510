/** What has no meaning but a text, wherever it stands. */
const PLAIN = /^([A-Za-z_$./][\w$./@+%-]*|\d+)( [A-Za-z_$./][\w$./@+%-]*)*$/;
/** Texts that YAML readers take for something else: numbers such as `.5`, the end of a document, words for booleans. */
const OTHER = /^(\d+|\.([^a-z/].*)?|true|false|null|yes|no|on|off|y|n|~|\.inf|\.nan)$/i;
/** A variable of the Serverless Framework, or a route with a part in braces: plain on a line of its own. */
const PLAIN_IN_BLOCK = /^(\$\{[^\s"'#]+(, [\w]+)?\}|[A-Z]+ \/[\w/.~{}+-]*)$/;
/** Names of CloudFormation's types and functions. */
const CLOUDFORMATION = /^(AWS|Fn)(::[A-Za-z0-9]+)+$/;
const FLOW_WIDTH = 88;

type Plain = Readonly<Record<string, unknown>>;

/**
 * A value as the lines after its key, as a person would write it: what fits on one line is on one line, and quotes stand
 * only where YAML needs them. Keys that are `undefined` are left out.
 */
export function yamlEntry(key: string, value: unknown, indent = ""): string {
  const flow = toFlow(value);
  const hasVariable = JSON.stringify(value)?.includes("${") === true;
  if (!isNested(value)) return `${indent}${key}: ${blockScalar(value)}`;
  if (flow.length + indent.length + key.length <= FLOW_WIDTH && !hasVariable && isFlat(value))
    return `${indent}${key}: ${flow}`;
  return [`${indent}${key}:`, yamlBlock(value, `${indent}  `)].join("\n");
}

/** An object or an array over several lines. */
export function yamlBlock(value: unknown, indent: string): string {
  if (Array.isArray(value)) return value.map((item) => `${indent}- ${listItem(item, indent)}`).join("\n");
  return entriesOf(value as Plain)
    .map(([key, member]) => yamlEntry(scalar(key), member, indent))
    .join("\n");
}

function listItem(item: unknown, indent: string): string {
  if (!isNested(item)) return blockScalar(item);
  const flow = toFlow(item);
  const isOneKey = !Array.isArray(item) && entriesOf(item as Plain).length === 1;
  if (!isOneKey && flow.length + indent.length <= FLOW_WIDTH + 24 && !flow.includes("${")) return flow;
  return yamlBlock(item, `${indent}  `).trimStart();
}

/** Of objects in objects, only the inner ones are written on one line. */
function isFlat(value: unknown): boolean {
  return (
    Object.values(value as object).every((member) => !isNested(member) || Array.isArray(member)) && !holdsObjects(value)
  );
}

function holdsObjects(value: unknown): boolean {
  return Object.values(value as object).some(
    (member) => Array.isArray(member) && member.some((item) => isNested(item)),
  );
}

function toFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toFlow).join(", ")}]`;
  if (!isNested(value)) return scalar(value);
  const members = entriesOf(value as Plain).map(([key, member]) => `${scalar(key)}: ${toFlow(member)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function blockScalar(value: unknown): string {
  return typeof value === "string" && PLAIN_IN_BLOCK.test(value) ? value : scalar(value);
}

function scalar(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  const isPlain = (PLAIN.test(value) && !OTHER.test(value)) || CLOUDFORMATION.test(value);
  return isPlain ? value : JSON.stringify(value);
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function entriesOf(value: Plain): readonly (readonly [string, unknown])[] {
  return Object.entries(value).filter(([, member]) => member !== undefined);
}
