import {
  type Block,
  expr,
  isCall,
  isExpression,
  type Part,
  type Value,
  type ValueMap,
} from "../../../packages/plan/src/render/terraform/hcl.ts";
import type { TerraformModule } from "../../../packages/plan/src/render/terraform/terraform-module.ts";
import { writeHcl } from "../../../packages/plan/src/render/terraform/write-hcl.ts";
import { SCHEMAS } from "../../../packages/plan/test/terraform/schemas/schema.ts";

/**
 * Values from the cloud that are objects. All other values that only the cloud knows are texts.
 */
const ANSWERS: Readonly<Record<string, ValueMap>> = {
  "resource azurerm_function_app_flex_consumption identity": { principal_id: "principal" },
  "resource google_cloudfunctions2_function service_config": { uri: "https://function.example" },
  "data azurerm_resources": { resources: [{ id: "/subscriptions/0/resource" }] },
};

/**
 * The module with each resource replaced by a `terraform_data` with the same name, number and values. Terraform has this
 * type built in. Terraform then evaluates every expression without a provider. Provisioners and life cycles are left out.
 */
export function shadowModule({ main, outputs }: TerraformModule): { readonly main: string; readonly outputs: string } {
  const parts = main.flatMap((part) => (part.kind === "block" && part.type !== "locals" ? toShadow(part) : [part]));
  return { main: writeHcl(rename(parts)), outputs: writeHcl(rename(outputs)) };
}

/** Type and name of the resource that a shadow replaces: `resource azurerm_service_plan`. */
export function typeOfShadow(name: string): string {
  const [kind, type = ""] = name.split("__");
  return `${kind} ${type}`;
}

function toShadow(block: Block): Part[] {
  const [type = "", name = ""] = block.labels;
  const shadow = `${block.type}__${type}__${name}`;
  const { for_each, count, depends_on, ...own } = attributesOf(block.body);
  const input = { ...answers(`${block.type} ${type}`), ...own, ...blocksOf(block.body, `${block.type} ${type}`) };
  const repetition = { for_each, count };
  const values = `terraform_data.${shadow}`;
  const each = for_each
    ? `{ for key, r in ${values} : key => r.input }`
    : count
      ? `${values}[*].input`
      : `${values}.input`;
  const attributes = (values: ValueMap): Part => ({ kind: "attributes", values });
  return [
    {
      kind: "block",
      type: "resource",
      labels: ["terraform_data", shadow],
      body: [attributes(repetition), attributes({ input, depends_on: depends_on && shadowsOf(depends_on) })],
    },
    { kind: "block", type: "locals", labels: [], body: [attributes({ [shadow]: expr(each) })] },
  ];
}

/** `depends_on` accepts resources only. */
function shadowsOf(value: Value): Value {
  return (value as readonly Value[]).map((own) =>
    expr(isExpression(own) ? own.text.replace(/^(\w+)\.(\w+)$/, "terraform_data.resource__$1__$2") : ""),
  );
}

function answers(type: string): ValueMap {
  const outputs = SCHEMAS.map(({ types }) => types[type]?.outputs).find((own) => own !== undefined) ?? ["id"];
  const schema = SCHEMAS.map(({ types }) => types[type]).find((own) => own !== undefined);
  const words = outputs.filter((name) => schema?.blocks[name] === undefined).map((name) => [name, `answer-${name}`]);
  return { ...Object.fromEntries(words), ...ANSWERS[type] };
}

/** Blocks as lists of objects; dynamic blocks are unfolded as by Terraform. */
function blocksOf(body: readonly Part[], path: string): ValueMap {
  const lists: Record<string, Value[]> = {};
  for (const part of body) {
    if (part.kind !== "block" || ["lifecycle", "provisioner"].includes(part.type)) continue;
    const name = part.type === "dynamic" ? (part.labels[0] ?? "") : part.type;
    lists[name] ??= [];
    lists[name].push(part.type === "dynamic" ? unfolded(part, name, path) : [contentOf(part.body, `${path} ${name}`)]);
  }
  return Object.fromEntries(
    Object.entries(lists).map(([name, all]) => [name, expr(`concat(${all.map(toText).join(", ")})`)]),
  );
}

function contentOf(body: readonly Part[], path: string): ValueMap {
  return { ...ANSWERS[path], ...attributesOf(body), ...blocksOf(body, path) };
}

function unfolded(part: Block, name: string, path: string): Value {
  const content = part.body.find((own): own is Block => own.kind === "block" && own.type === "content");
  const forEach = toText(attributesOf(part.body).for_each ?? null);
  const items = `[for key, value in ${forEach} : { key = key, value = value }]`;
  return expr(`[for ${name} in ${items} : ${toText(contentOf(content?.body ?? [], `${path} ${name}`))}]`);
}

function toText(value: Value): string {
  const [, text = ""] = /^v = ([\s\S]*)\n$/.exec(writeHcl([{ kind: "attributes", values: { v: value } }])) ?? [];
  return text;
}

function attributesOf(body: readonly Part[]): ValueMap {
  return Object.assign({}, ...body.map((part) => (part.kind === "attributes" ? part.values : {})));
}

const REFERENCE = /(?<![\w.])(data\.)?((?:aws|azurerm|google)_\w+)\.(\w+)/g;

/** Replaces references to resources by references to their shadows. */
function rename(parts: readonly Part[]): Part[] {
  return parts.map((part) => {
    if (part.kind === "comment") return part;
    if (part.kind === "block") return { ...part, body: rename(part.body) };
    return { ...part, values: renameValue(part.values) as ValueMap };
  });
}

function renameValue(value: Value | undefined): Value | undefined {
  if (isCall(value)) return { ...value, argument: renameValue(value.argument) as Value };
  if (isExpression(value)) return expr(value.text.replace(REFERENCE, toLocal));
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((own) => renameValue(own) as Value);
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, renameValue(own as Value)]));
}

function toLocal(_found: string, data: string | undefined, type: string, name: string): string {
  return `local.${data === undefined ? "resource" : "data"}__${type}__${name}`;
}
