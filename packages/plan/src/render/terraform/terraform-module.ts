import { secretLocations } from "../../facts/secrets.ts";
import type { OutputFile } from "../../output-file.ts";
import type { ResolvedFunction } from "../../resolved-plan.ts";
import type { Features } from "./features.ts";
import {
  attributes,
  type Block,
  block,
  comment,
  type Expression,
  expr,
  type Members,
  nested,
  type Part,
  type Value,
  type ValueMap,
} from "./hcl.ts";
import { writeHcl } from "./write-hcl.ts";

/** The root module of one target, with the values of one stage. */
export interface TerraformModule {
  readonly target: "aws" | "azure" | "gcp";
  readonly stage: string;
  readonly provider: Provider;
  readonly main: readonly Part[];
  readonly variables: readonly Block[];
  readonly outputs: readonly Block[];
  /** Values of the variables in this stage. */
  readonly values: ValueMap;
  /** An example of a backend for the state. */
  readonly backend: Block;
}

export interface Provider {
  readonly name: string;
  readonly version: string;
  readonly configuration: Block;
}

/**
 * The first version in which conditions of variables can refer to other values
 * (developer.hashicorp.com/terraform/language/values/variables, "Custom Validation Rules").
 */
const TERRAFORM_VERSION = ">= 1.9";

export function toFiles(module: TerraformModule): OutputFile[] {
  const file = (name: string, parts: readonly Part[]) => ({
    path: `terraform/${module.target}/${name}`,
    text: writeHcl(parts),
  });
  return [
    file("main.tf", module.main),
    file("variables.tf", module.variables),
    file("outputs.tf", module.outputs),
    file("versions.tf", versionsOf(module.provider)),
    file(`${module.stage}.tfvars`, [attributes(module.values)]),
    file("backend.tf.example", [comment(...BACKEND_COMMENT), block("terraform", [], module.backend)]),
  ];
}

const BACKEND_COMMENT = [
  "Without a backend, the state is in this folder. Copy this file to backend.tf, name a store that exists, and",
  "run terraform init. Each stage has its own workspace: terraform workspace select -or-create STAGE.",
];

function versionsOf({ name, version, configuration }: Provider): Part[] {
  const source = { source: `hashicorp/${name}`, version };
  const required_providers = nested({ [name]: source });
  return [block("terraform", [], { required_version: TERRAFORM_VERSION, required_providers }), configuration];
}

export function variable(name: string, description: string, settings: Members): Block {
  return block("variable", [name], { description, ...settings });
}

/** A variable of type `string`. Without `fallback`, it is required. */
export function stringVariable(name: string, description: string, fallback?: string | null): Block {
  return variable(name, description, { type: expr("string"), default: fallback });
}

export function output(name: string, description: string, value: Value, settings: ValueMap = {}): Block {
  return block("output", [name], { description, value, ...settings });
}

export function resource(type: string, name: string, ...body: readonly (Part | Members)[]): Block {
  return block("resource", [type, name], ...body);
}

export function data(type: string, name: string, body: Members = {}): Block {
  return block("data", [type, name], body);
}

export function locals(values: ValueMap): Block {
  return block("locals", [], values);
}

/** A part of main.tf under a title; nothing if it is empty. */
export function section(title: string, parts: readonly Part[]): Part[] {
  return parts.length === 0 ? [] : [{ kind: "comment", lines: [title], isTitle: true }, ...parts];
}

/** The functions that satisfy a condition on `f`. */
export function functionsIf(condition: string, functions = "var.functions"): Expression {
  return expr(`{ for name, f in ${functions} : name => f if ${condition} }`);
}

/** The count of a resource that only some collection needs. */
export function ifAny(collection: string): { readonly count: Expression } {
  return { count: expr(`length(${collection}) > 0 ? 1 : 0`) };
}

/** One map over all functions. `lines` are the entries of the function `f` with the key `name`. */
export function merged(functions: string, ...lines: readonly string[]): Expression {
  return expr(`merge([for name, f in ${functions} : {`, ...lines, "}]...)");
}

/** Merges several maps into one. */
export function mergedMaps(maps: readonly string[]): Expression {
  return maps.length === 1 ? expr(...maps) : expr("merge(", ...maps.map((map) => `  ${map},`), ")");
}

const ARTEFACTS = "../../.tricast";

/** The first variables of every target. */
export function commonVariables({ zip }: Pick<Features, "zip">): Block[] {
  return [
    stringVariable("service", "Name of the service. The names of all resources begin with it."),
    variable("stage", "Stage of these values.", {
      type: expr("string"),
      // One state holds one stage: values of another stage would replace everything in it.
      validation: nested({
        condition: expr('contains(["default", var.stage], terraform.workspace)'),
        error_message: "The workspace belongs to another stage. Run: terraform workspace select -or-create STAGE",
      }),
    }),
    ...(zip ? [stringVariable("artefacts", 'Folder that "tricast build" has written.', ARTEFACTS)] : []),
  ];
}

/** References to secrets by their variable, with names in the form of HCL: `key_vault`. */
export function secretValues(one: ResolvedFunction): ValueMap {
  const entries = secretLocations(one).map(({ variable, store, address }) => [
    variable,
    { [store.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`)]: address },
  ]);
  return Object.fromEntries(entries);
}

export function alarmValues({ alarms }: ResolvedFunction): ValueMap | undefined {
  return alarms && { error_percent: alarms.errorPercent, p99_ms: alarms.p99Ms, notify: alarms.notify };
}
