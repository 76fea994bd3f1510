/** The value of an attribute: plain data, or text that Terraform evaluates. */
export type Value = string | number | boolean | null | Expression | readonly Value[] | ValueMap;

export interface ValueMap {
  readonly [key: string]: Value | undefined;
}

/** Terraform code. Several lines have the indentation of `terraform fmt`, from column 0. */
export interface Expression {
  readonly kind: "expression";
  readonly text: string;
}

/** A call with a value: `jsonencode({ ... })`. */
export interface Call extends Expression {
  readonly call: string;
  readonly argument: Value;
}

/** `type "label" "label" { ... }` */
export interface Block {
  readonly kind: "block";
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: readonly Part[];
}

export interface Comment {
  readonly kind: "comment";
  readonly lines: readonly string[];
  /** A blank line follows a title. Other comments are directly above the next part. */
  readonly isTitle?: boolean;
}

/** A group of attributes, one to a line. An attribute that is `undefined` is left out. */
export interface Attributes {
  readonly kind: "attributes";
  readonly values: ValueMap;
}

export type Part = Attributes | Block | Comment;

/** Nested blocks of one type. Their key in {@link Members} is the type. */
export interface Nested {
  readonly kind: "nested";
  readonly blocksOf: (type: string) => readonly Block[];
}

/** Attributes and nested blocks by name, in the order of the text. */
export interface Members {
  readonly [name: string]: Value | Nested | readonly Nested[] | undefined;
}

/** Text that Terraform evaluates: `var.stage`, `aws_lambda_function.predictor[each.key].arn`. */
export function expr(...lines: readonly string[]): Expression {
  return { kind: "expression", text: lines.join("\n") };
}

/** A string with `${...}` that Terraform fills in. It escapes nothing: use it for fixed texts, never for values of users. */
export function template(text: string): Expression {
  return expr(`"${text}"`);
}

export function call(name: string, argument: Value): Call {
  return { kind: "expression", text: "", call: name, argument };
}

export function block(type: string, labels: readonly string[], ...body: readonly (Part | Members)[]): Block {
  return { kind: "block", type, labels, body: body.flatMap(toParts) };
}

/** A nested block for each body. */
export function nested(...bodies: readonly (Members | readonly (Part | Members)[])[]): Nested {
  return { kind: "nested", blocksOf: (type) => bodies.map((body) => block(type, [], ...[body].flat())) };
}

/** A nested block for each element of a collection. In the content, `TYPE.value` is the element. */
export function dynamic(for_each: Value, content: Members): Nested {
  return {
    kind: "nested",
    blocksOf: (type) => [block("dynamic", [type], { for_each }, block("content", [], content))],
  };
}

export function attributes(values: ValueMap): Attributes {
  return { kind: "attributes", values };
}

export function comment(...lines: readonly string[]): Comment {
  return { kind: "comment", lines };
}

export function isExpression(value: Value | undefined): value is Expression {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "expression";
}

export function isCall(value: Value | undefined): value is Call {
  return isExpression(value) && "call" in value;
}

/** Consecutive attributes form a group. The attributes that repeat a block are a group of their own. */
function toParts(part: Part | Members): readonly Part[] {
  if (isPart(part)) return [part];
  const { for_each, count, ...members } = part;
  const parts: Part[] = [attributes({ for_each, count } as ValueMap)];
  let group: Record<string, Value | undefined> = {};
  for (const [name, value] of Object.entries(members)) {
    const blocks = [value].flat().filter(isNested);
    if (blocks.length === 0) group[name] = value as Value | undefined;
    else {
      parts.push(attributes(group), ...blocks.flatMap(({ blocksOf }) => blocksOf(name)));
      group = {};
    }
  }
  return [...parts, attributes(group)].filter(isWritten);
}

function isWritten(part: Part): boolean {
  return part.kind !== "attributes" || Object.values(part.values).some((value) => value !== undefined);
}

function isNested(value: unknown): value is Nested {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "nested";
}

/** An attribute may have the name `kind`, but never one of these values. */
function isPart(part: Part | Members): part is Part {
  return part.kind === "block" || part.kind === "comment" || part.kind === "attributes";
}
