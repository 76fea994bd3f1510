import { ALLOWED_VALUES } from "../../../packages/plan/test/terraform/schemas/allowed-values.ts";
import { type BodySchema, SCHEMAS } from "../../../packages/plan/test/terraform/schemas/schema.ts";

/** All differences between the evaluated values of a resource and the schema of its provider. */
export function checkValues(type: string, values: Readonly<Record<string, unknown>>): string[] {
  const schema = SCHEMAS.map(({ types }) => types[type]).find((own) => own !== undefined);
  const [, name = ""] = type.split(" ");
  return schema === undefined ? [] : checkBody(name, values, schema);
}

function checkBody(
  path: string,
  values: Readonly<Record<string, unknown>>,
  { attributes, blocks }: BodySchema,
): string[] {
  return [
    ...Object.entries(attributes).flatMap(([name, kind]) =>
      checkAttribute(`${path}.${name}`, kind, values[name] ?? null),
    ),
    ...Object.entries(blocks).flatMap(([name, block]) => {
      const all = (values[name] ?? []) as readonly Readonly<Record<string, unknown>>[];
      const problems = all.flatMap((own) => checkBody(`${path}.${name}`, own, block));
      if (!block.many && all.length > 1) problems.push(`${path}.${name}: ${all.length} blocks; at most one is allowed`);
      if (block.required && all.length === 0) problems.push(`${path}.${name}: a block is required`);
      return problems;
    }),
  ];
}

function checkAttribute(path: string, kind: string, value: unknown): string[] {
  if (value === null) return kind.endsWith("!") ? [`${path}: is required`] : [];
  const allowed = ALLOWED_VALUES[path];
  if (allowed !== undefined && !isAnswer(value) && !allowed.includes(value as string)) {
    return [`${path}: ${JSON.stringify(value)} is not one of ${allowed.join(", ")}`];
  }
  const expected = kind.replace("!", "");
  if (expected === "any" || isAnswer(value) || suits(expected, value)) return [];
  return [`${path}: ${JSON.stringify(value)} instead of a ${expected}`];
}

/** A placeholder for a value that only the cloud knows. */
function isAnswer(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("answer-");
}

/** Terraform converts numbers and booleans to text automatically, and numeric text to numbers. */
function suits(kind: string, value: unknown): boolean {
  if (kind === "string") return ["string", "number", "boolean"].includes(typeof value);
  if (kind === "number")
    return typeof value === "number" || (typeof value === "string" && Number.isFinite(Number(value)));
  if (kind === "boolean") return typeof value === "boolean";
  if (kind === "list") return Array.isArray(value);
  return typeof value === "object" && !Array.isArray(value);
}
