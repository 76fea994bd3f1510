import {
  type Block,
  isCall,
  isExpression,
  type Part,
  type Value,
  type ValueMap,
} from "../../../src/render/terraform/hcl.ts";
import type { TerraformModule } from "../../../src/render/terraform/terraform-module.ts";
import { ALLOWED_VALUES } from "./allowed-values.ts";
import { type BodySchema, type ResourceSchema, SCHEMAS } from "./schema.ts";

const TYPES = new Map(SCHEMAS.flatMap(({ types }) => Object.entries(types)));
/** Belongs to Terraform itself. */
const BUILT_IN: ResourceSchema = {
  attributes: { triggers_replace: "any", input: "any" },
  blocks: {},
  outputs: ["id", "output"],
};
const META_ATTRIBUTES = ["for_each", "count", "depends_on", "provider"];
const META_BLOCKS = ["lifecycle", "provisioner"];

/** Everything in which a module differs from what the providers publish, and every name in it that nothing has. */
export function findProblems(module: TerraformModule): string[] {
  const blocks = module.main.filter((part): part is Block => part.kind === "block");
  const typed = blocks.filter(({ type }) => type === "resource" || type === "data");
  return [...typed.flatMap(checkTyped), ...checkReferences(module, blocks), ...checkRepeats(typed)];
}

function checkTyped(block: Block): string[] {
  const [type = ""] = block.labels;
  const schema = type === "terraform_data" ? BUILT_IN : TYPES.get(`${block.type} ${type}`);
  if (schema === undefined) return [`${block.type} ${type}: no schema; add it to rendered-types.ts and extract again`];
  return checkBody(type, block.body, schema, META_ATTRIBUTES, META_BLOCKS);
}

function checkBody(
  path: string,
  body: readonly Part[],
  schema: BodySchema,
  metaAttributes: readonly string[] = [],
  metaBlocks: readonly string[] = [],
): string[] {
  const attributes = body
    .flatMap((part) => (part.kind === "attributes" ? Object.entries(part.values) : []))
    .filter((entry): entry is [string, Value] => entry[1] !== undefined && !metaAttributes.includes(entry[0]));
  const nested = body.filter((part): part is Block => part.kind === "block" && !metaBlocks.includes(part.type));
  const names = nested.map((block) => (block.type === "dynamic" ? (block.labels[0] ?? "") : block.type));
  return [
    ...attributes.flatMap(([name, value]) => checkAttribute(`${path}.${name}`, schema.attributes[name], value)),
    ...missing(path, schema, [...attributes.map(([name]) => name), ...names]),
    ...duplicates(attributes.map(([name]) => name)).map((name) => `${path}.${name}: given twice`),
    ...nested.flatMap((block, index) =>
      checkNested(`${path}.${names[index]}`, block, schema.blocks[names[index] ?? ""]),
    ),
    ...duplicates(nested.filter(({ type }) => type !== "dynamic").map(({ type }) => type))
      .filter((name) => schema.blocks[name]?.many === false)
      .map((name) => `${path}.${name}: there may be one such block`),
  ];
}

function checkNested(path: string, block: Block, schema: BodySchema | undefined): string[] {
  if (schema === undefined) return [`${path}: no such block`];
  if (block.type !== "dynamic") return checkBody(path, block.body, schema);
  const content = block.body.find((part): part is Block => part.kind === "block" && part.type === "content");
  return content === undefined ? [`${path}: a dynamic block without content`] : checkBody(path, content.body, schema);
}

function missing(path: string, { attributes, blocks }: BodySchema, given: readonly string[]): string[] {
  const required = [
    ...Object.entries(attributes).flatMap(([name, type]) => (type.endsWith("!") ? [name] : [])),
    ...Object.entries(blocks).flatMap(([name, block]) => (block.required ? [name] : [])),
  ];
  return required.filter((name) => !given.includes(name)).map((name) => `${path}.${name}: must be given`);
}

function checkAttribute(path: string, type: string | undefined, value: Value): string[] {
  if (type === undefined) return [`${path}: no such attribute`];
  const allowed = ALLOWED_VALUES[path];
  const isPlain = typeof value !== "object" && value !== null;
  if (allowed !== undefined && isPlain && !allowed.includes(value)) {
    return [`${path}: ${JSON.stringify(value)} is none of ${allowed.join(", ")}`];
  }
  const expected = type.replace("!", "");
  const kind = kindOf(value);
  return kind === "any" || expected === "any" || kind === expected ? [] : [`${path}: ${kind} instead of ${expected}`];
}

function kindOf(value: Value): string {
  if (value === null || isExpression(value)) return "any";
  if (typeof value !== "object") return typeof value;
  return Array.isArray(value) ? "list" : "map";
}

function checkRepeats(blocks: readonly Block[]): string[] {
  const names = blocks.map(({ type, labels }) => [type, ...labels].join("."));
  return duplicates(names).map((name) => `${name}: there twice`);
}

function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

const RESOURCE =
  /(?<![\w.])(data\.)?((?:aws|azurerm|google)_\w+|terraform_data)\.(\w+)((?:\[[^\][]*(?:\[[^\]]*\][^\][]*)*\])*)(?:\.(\w+))?/g;

function checkReferences(module: TerraformModule, blocks: readonly Block[]): string[] {
  const all = [...blocks, ...module.outputs, module.provider.configuration, ...module.variables];
  const texts = all.flatMap(textsOf);
  const declared = {
    var: module.variables.map(({ labels }) => labels[0]),
    local: blocks.filter(({ type }) => type === "locals").flatMap((block) => keysOf(attributesOf(block))),
  };
  const types = new Map(blocks.map((block) => [[block.type, ...block.labels].join("."), block]));
  const used = { var: namesIn(texts, "var"), local: namesIn(texts, "local") };
  return [
    ...(["var", "local"] as const).flatMap((kind) => [
      ...used[kind].filter((name) => !declared[kind].includes(name)).map((name) => `${kind}.${name}: not declared`),
      ...declared[kind].filter((name) => !used[kind].includes(name ?? "")).map((name) => `${kind}.${name}: not used`),
    ]),
    ...texts.flatMap((text) => [...text.matchAll(RESOURCE)].flatMap((match) => checkReference(match, types))),
    ...keysOf(module.values)
      .filter((name) => !declared.var.includes(name))
      .map((name) => `${name}: no such variable`),
  ];
}

function checkReference(
  [text, data, type = "", name, , output]: RegExpMatchArray,
  types: ReadonlyMap<string, Block>,
): string[] {
  const kind = data === undefined ? "resource" : "data";
  if (!types.has(`${kind}.${type}.${name}`)) return [`${text}: no such ${kind}`];
  const schema = type === "terraform_data" ? BUILT_IN : TYPES.get(`${kind} ${type}`);
  const known = [
    ...(schema?.outputs ?? []),
    ...Object.keys(schema?.attributes ?? {}),
    ...Object.keys(schema?.blocks ?? {}),
  ];
  return output === undefined || known.includes(output) ? [] : [`${text}: ${type} has no ${output}`];
}

function namesIn(texts: readonly string[], kind: string): string[] {
  const found = texts.flatMap((text) => [...text.matchAll(new RegExp(`(?<![\\w.])${kind}\\.(\\w+)`, "g"))]);
  return [...new Set(found.map(([, name]) => name as string))];
}

function textsOf(part: Part): string[] {
  if (part.kind === "comment") return [];
  return part.kind === "block" ? part.body.flatMap(textsOf) : textsIn(part.values);
}

function textsIn(value: Value | undefined): string[] {
  if (isCall(value)) return textsIn(value.argument);
  if (isExpression(value)) return [value.text];
  return typeof value === "object" && value !== null
    ? Object.values(value).flatMap((own) => textsIn(own as Value))
    : [];
}

function attributesOf({ body }: Block): ValueMap {
  return Object.assign({}, ...body.map((part) => (part.kind === "attributes" ? part.values : {})));
}

function keysOf(values: ValueMap): string[] {
  return Object.keys(values).filter((name) => values[name] !== undefined);
}
