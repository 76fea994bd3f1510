/** What stands right of an `=`: plain values, or text that Terraform evaluates. */
export type Value = string | number | boolean | null | Expression | readonly Value[] | ValueMap;

export interface ValueMap {
  readonly [key: string]: Value | undefined;
}

/** Terraform's own language. More than one line only with the indentation of `terraform fmt`, from column 0. */
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
  /** Stands by itself, and not on what follows it. */
  readonly isTitle?: boolean;
}

/** Attributes that stand together, one to a line. `undefined` stands for one that is not there. */
export interface Attributes {
  readonly kind: "attributes";
  readonly values: ValueMap;
}

export type Part = Attributes | Block | Comment;

/** Text that Terraform evaluates: `var.stage`, `aws_lambda_function.predictor[each.key].arn`. */
export function expr(...lines: readonly string[]): Expression {
  return { kind: "expression", text: lines.join("\n") };
}

/** A string with `${...}` in it that Terraform fills in. Nothing is escaped: for texts of ours, never for a user's. */
export function template(text: string): Expression {
  return expr(`"${text}"`);
}

export function call(name: string, argument: Value): Call {
  return { kind: "expression", text: "", call: name, argument };
}

/** Plain objects among the parts are attributes. */
export function block(type: string, labels: readonly string[], ...parts: readonly (Part | ValueMap)[]): Block {
  return { kind: "block", type, labels, body: parts.map(toPart) };
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

function toPart(part: Part | ValueMap): Part {
  return isPart(part) ? part : attributes(part);
}

/** A map of attributes may have a key `kind` of its own, never one of these words. */
export function isPart(part: Part | ValueMap): part is Part {
  return part.kind === "block" || part.kind === "comment" || part.kind === "attributes";
}
