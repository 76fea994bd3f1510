import {
  type Block,
  isCall,
  isExpression,
  type Part,
  type Value,
  type ValueMap,
} from "../../src/render/terraform/hcl.ts";
import type { TerraformModule } from "../../src/render/terraform/terraform-module.ts";
import type { TerraformResource } from "./from-terraform.ts";
import { callFunction } from "./functions.ts";
import { type Expression, parseExpression } from "./parse-expression.ts";

type Scope = Readonly<Record<string, unknown>>;
type Members = Readonly<Record<string, unknown>>;

/**
 * The resources that a module makes in its stage, as `terraform show -json` lists them. What only the cloud knows is the
 * address of its attribute in angle brackets.
 */
export function evaluateModule(module: TerraformModule): readonly TerraformResource[] {
  const evaluated = new EvaluatedModule(module);
  return module.main.flatMap((part) =>
    part.kind === "block" && (part.type === "resource" || part.type === "data") ? evaluated.resourcesOf(part) : [],
  );
}

/** What the cloud answers, where another deployment has the word itself. */
const ANSWERS: Readonly<Record<string, string>> = { "data.aws_partition.current.partition": "aws" };

/** One of the resources that a block makes; attributes are evaluated when they are asked for. */
class Instance {
  readonly address: string;
  readonly index: string | number | undefined;
  readonly #attributes: ValueMap;
  readonly #evaluate: (value: Value) => unknown;

  constructor(
    address: string,
    index: string | number | undefined,
    attributes: ValueMap,
    evaluate: (value: Value) => unknown,
  ) {
    this.address = index === undefined ? address : `${address}[${JSON.stringify(index)}]`;
    this.index = index;
    this.#attributes = attributes;
    this.#evaluate = evaluate;
  }

  get(name: string): unknown {
    const value = this.#attributes[name];
    if (value !== undefined) return this.#evaluate(value);
    const answer = `${this.address}.${name}`;
    return ANSWERS[answer] ?? `<${answer}>`;
  }
}

class EvaluatedModule {
  readonly #blocks = new Map<string, Block>();
  readonly #locals = new Map<string, Value>();
  readonly #made = new Map<string, unknown>();
  readonly #variables: Members;

  constructor({ main, variables, values }: TerraformModule) {
    for (const part of main) {
      if (part.kind !== "block") continue;
      if (part.type === "locals") {
        for (const [name, value] of Object.entries(attributesOf(part.body))) this.#locals.set(name, value as Value);
      } else this.#blocks.set(addressOf(part), part);
    }
    this.#variables = Object.fromEntries(
      variables.map(({ labels, body }) => {
        const { type, default: fallback } = attributesOf(body);
        const [name = ""] = labels;
        const given = this.#value(values[name] ?? fallback ?? null, {});
        return [name, isExpression(type) ? withDefaults(parseExpression(type.text), given) : given];
      }),
    );
  }

  resourcesOf(block: Block): readonly TerraformResource[] {
    const made = this.#instancesOf(block);
    const all = made instanceof Instance ? [made] : (Object.values(made as object) as Instance[]);
    const [type = "", name = ""] = block.labels;
    return all.map((instance) => ({
      mode: block.type === "data" ? "data" : "managed",
      type,
      name,
      index: instance.index,
      values: this.#body(block.body, this.#scopeOf(block, instance.index)),
    }));
  }

  /** One instance, a list of them, or an object of them by key. */
  #instancesOf(block: Block): unknown {
    const address = addressOf(block);
    if (!this.#made.has(address)) this.#made.set(address, this.#makeInstances(block, address));
    return this.#made.get(address);
  }

  #makeInstances(block: Block, address: string): unknown {
    const { for_each, count, ...attributes } = attributesOf(block.body);
    const instance = (index?: string | number) =>
      new Instance(address, index, attributes, (value) => this.#value(value, this.#scopeOf(block, index)));
    if (count !== undefined)
      return Array.from({ length: this.#value(count, {}) as number }, (_, index) => instance(index));
    if (for_each === undefined) return instance();
    const keys = Object.keys(this.#value(for_each, {}) as object);
    return Object.fromEntries(keys.map((key) => [key, instance(key)]));
  }

  #scopeOf(block: Block, index: string | number | undefined): Scope {
    const { for_each } = attributesOf(block.body);
    if (for_each === undefined || index === undefined) return {};
    return { each: { key: index, value: (this.#value(for_each, {}) as Members)[index] } };
  }

  #body(body: readonly Part[], scope: Scope): Members {
    const { for_each, count, ...attributes } = attributesOf(body);
    const lists: Record<string, unknown[]> = {};
    for (const part of body) {
      if (part.kind !== "block" || part.type === "lifecycle") continue;
      const name = part.type === "dynamic" ? (part.labels[0] ?? "") : part.type;
      lists[name] = [...(lists[name] ?? []), ...this.#nested(part, name, scope)];
    }
    return { ...(this.#value(attributes, scope) as Members), ...lists };
  }

  #nested(block: Block, name: string, scope: Scope): readonly Members[] {
    if (block.type !== "dynamic") return [this.#body(block.body, scope)];
    const content = block.body.find((part): part is Block => part.kind === "block");
    const each = this.#value(attributesOf(block.body).for_each ?? null, scope) as object;
    return Object.entries(each).map(([key, value]) =>
      this.#body(content?.body ?? [], { ...scope, [name]: { key, value } }),
    );
  }

  #value(value: Value, scope: Scope): unknown {
    if (isCall(value)) return callFunction(value.call, [this.#value(value.argument, scope)]);
    if (isExpression(value)) return this.#evaluate(parseExpression(value.text), scope);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.#value(item as Value, scope));
    const entries = Object.entries(value as ValueMap).flatMap(([key, own]) =>
      own === undefined ? [] : [[key, this.#value(own, scope)]],
    );
    return Object.fromEntries(entries);
  }

  #evaluate(expression: Expression, scope: Scope): unknown {
    const of = (inner: Expression) => this.#evaluate(inner, scope);
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "template":
        return join(expression.parts.map(of));
      case "list":
        return expression.items.map(of);
      case "object":
        return Object.fromEntries(expression.entries.map(([key, value]) => [of(key), of(value)]));
      case "not":
        return !of(expression.of);
      case "choice":
        return of(expression.condition) ? of(expression.yes) : of(expression.no);
      case "binary":
        return this.#binary(expression, scope);
      case "name":
        return this.#name(expression.name, scope);
      case "attribute":
        return this.#attribute(expression, scope);
      case "index":
        return member(of(expression.of), of(expression.key) as string);
      case "splat": {
        const all = of(expression.of);
        const list = all === null ? [] : Array.isArray(all) ? all : [all];
        return list.map((one) => expression.names.reduce(member, one));
      }
      case "for":
        return this.#for(expression, scope);
      case "call":
        if (expression.name === "try") return this.#try(expression.args, scope);
        return callFunction(
          expression.name,
          expression.isSpread ? spread(expression.args.map(of)) : expression.args.map(of),
        );
    }
  }

  #binary({ operator, left, right }: Extract<Expression, { kind: "binary" }>, scope: Scope): unknown {
    const a = this.#evaluate(left, scope);
    if (operator === "&&") return a === true && this.#evaluate(right, scope) === true;
    if (operator === "||") return a === true || this.#evaluate(right, scope) === true;
    const b = this.#evaluate(right, scope);
    if (operator === "==") return a === b;
    if (operator === "!=") return a !== b;
    const [x, y] = [a as number, b as number];
    const results = { "<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y };
    const sums = { "+": x + y, "-": x - y, "*": x * y, "/": x / y, "%": x % y };
    return { ...results, ...sums }[operator];
  }

  #name(name: string, scope: Scope): unknown {
    if (Object.hasOwn(scope, name)) return scope[name];
    if (name === "var") return this.#variables;
    throw new Error(`nothing is called ${name}`);
  }

  /** `local.x`, `data.type.name` and `type.name` are found in the module, everything else in a value. */
  #attribute({ of, name }: Extract<Expression, { kind: "attribute" }>, scope: Scope): unknown {
    if (of.kind === "name" && of.name === "local") return this.#local(name);
    const type = of.kind === "name" ? of.name : isData(of) ? `data.${of.name}` : undefined;
    const block = type === undefined ? undefined : this.#blocks.get(`${type}.${name}`);
    if (block !== undefined) return this.#instancesOf(block);
    if (of.kind === "name" && of.name === "terraform") return "default";
    return member(this.#evaluate(of, scope), name);
  }

  #local(name: string): unknown {
    const value = this.#locals.get(name);
    if (value === undefined) throw new Error(`the module has no local ${name}`);
    const key = `local.${name}`;
    if (!this.#made.has(key)) this.#made.set(key, this.#value(value, {}));
    return this.#made.get(key);
  }

  #for({ names, over, key, value, condition }: Extract<Expression, { kind: "for" }>, scope: Scope): unknown {
    const collection = this.#evaluate(over, scope);
    const isList = Array.isArray(collection);
    const entries = Object.entries(collection as object).sort(([a], [b]) => (isList ? 0 : a < b ? -1 : 1));
    const results = entries.flatMap(([at, item]) => {
      const [first = "", second] = names;
      const position = isList ? Number(at) : at;
      const own = { ...scope, ...(second === undefined ? { [first]: item } : { [first]: position, [second]: item }) };
      if (condition !== undefined && this.#evaluate(condition, own) !== true) return [];
      const result = this.#evaluate(value, own);
      return [key === undefined ? result : ([this.#evaluate(key, own), result] as const)];
    });
    return key === undefined ? results : Object.fromEntries(results as [string, unknown][]);
  }

  #try(args: readonly Expression[], scope: Scope): unknown {
    for (const [index, one] of args.entries()) {
      try {
        return this.#evaluate(one, scope);
      } catch (error) {
        if (index === args.length - 1) throw error;
      }
    }
    return undefined;
  }
}

function isData(of: Expression): of is Extract<Expression, { kind: "attribute" }> {
  return of.kind === "attribute" && of.of.kind === "name" && of.of.name === "data";
}

function addressOf({ type, labels }: Block): string {
  return `${type === "data" ? "data." : ""}${labels.join(".")}`;
}

function attributesOf(body: readonly Part[]): ValueMap {
  return Object.assign({}, ...body.map((part) => (part.kind === "attributes" ? part.values : {})));
}

/** @throws {Error} where there is no such member, as Terraform fails. */
function member(of: unknown, name: string): unknown {
  if (of instanceof Instance) return of.get(name);
  if (typeof of === "object" && of !== null && Object.hasOwn(of, name)) return (of as Members)[name];
  throw new Error(`no ${name} in ${JSON.stringify(of)}`);
}

function join(parts: readonly unknown[]): unknown {
  const said = parts.filter((part) => part !== "");
  return said.length === 1 ? said[0] : said.join("");
}

function spread(args: readonly unknown[]): readonly unknown[] {
  return [...args.slice(0, -1), ...(args.at(-1) as readonly unknown[])];
}

/** A value of a type, with the defaults of its optional attributes and null for those that have none. */
function withDefaults(type: Expression, value: unknown): unknown {
  if (type.kind !== "call" || value === null || value === undefined) return value ?? null;
  const [inner] = type.args;
  if (type.name === "optional") return inner === undefined ? value : withDefaults(inner, value);
  if (type.name === "list" || type.name === "set") return value;
  if (type.name === "map" && inner !== undefined)
    return Object.fromEntries(Object.entries(value as object).map(([key, own]) => [key, withDefaults(inner, own)]));
  if (inner?.kind !== "object") return value;
  return Object.fromEntries(
    inner.entries.map(([key, own]) => {
      const name = key.kind === "literal" ? String(key.value) : "";
      const given = (value as Members)[name];
      return [name, given === undefined ? fallbackOf(own) : withDefaults(own, given)];
    }),
  );
}

function fallbackOf(type: Expression): unknown {
  const fallback = type.kind === "call" && type.name === "optional" ? type.args[1] : undefined;
  if (fallback?.kind === "literal") return fallback.value;
  return fallback?.kind === "object" ? {} : null;
}
