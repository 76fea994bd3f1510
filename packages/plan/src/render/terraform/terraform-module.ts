import { secretLocations } from "../../facts/secrets.ts";
import type { OutputFile } from "../../output-file.ts";
import type { ResolvedFunction } from "../../resolved-plan.ts";
import type { Features } from "./features.ts";
import { type Block, block, type Expression, expr, isPart, type Part, type Value, type ValueMap } from "./hcl.ts";
import { writeHcl } from "./write-hcl.ts";

/** The root module of one target, and what one stage gives it. */
export interface TerraformModule {
  readonly target: "aws" | "azure" | "gcp";
  readonly stage: string;
  readonly provider: Provider;
  readonly main: readonly Part[];
  readonly variables: readonly Block[];
  readonly outputs: readonly Block[];
  /** Values of the variables in this stage. */
  readonly values: ValueMap;
  /** Where the state lies: the backend's name and settings, as an example. */
  readonly backend: Block;
}

export interface Provider {
  readonly name: string;
  readonly version: string;
  readonly configuration: Block;
}

/**
 * Variables may refer to others in conditions since 1.9
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
    file(`${module.stage}.tfvars`, [{ kind: "attributes", values: module.values }]),
    file("backend.tf.example", [{ kind: "comment", lines: BACKEND_COMMENT }, block("terraform", [], module.backend)]),
  ];
}

const BACKEND_COMMENT = [
  "Without a backend the state lies in this folder. Copy this file to backend.tf, name a store that exists, and",
  "run terraform init. Each stage has a workspace of its own: terraform workspace select -or-create STAGE.",
];

function versionsOf({ name, version, configuration }: Provider): Part[] {
  const source = { source: `hashicorp/${name}`, version };
  return [
    block(
      "terraform",
      [],
      { required_version: TERRAFORM_VERSION },
      block("required_providers", [], { [name]: source }),
    ),
    configuration,
  ];
}

export function variable(name: string, description: string, settings: ValueMap, ...blocks: readonly Block[]): Block {
  return block("variable", [name], { description, ...settings }, ...blocks);
}

export function output(name: string, description: string, value: Value, settings: ValueMap = {}): Block {
  return block("output", [name], { description, value, ...settings });
}

export function resource(type: string, name: string, ...parts: readonly (Part | ValueMap)[]): Block {
  return block("resource", [type, name], ...parts.flatMap(repetitionFirst));
}

export function data(type: string, name: string, ...parts: readonly (Part | ValueMap)[]): Block {
  return block("data", [type, name], ...parts.flatMap(repetitionFirst));
}

/** How often there is one stands by itself, above what each one is. */
function repetitionFirst(part: Part | ValueMap): (Part | ValueMap)[] {
  if (isPart(part)) return [part];
  const { for_each, count, ...others } = part;
  const repetition = { for_each, count };
  return for_each === undefined && count === undefined ? [part] : [repetition, others];
}

/** A part of main.tf under a title; nothing where it is empty. */
export function section(title: string, parts: readonly Part[]): Part[] {
  return parts.length === 0 ? [] : [{ kind: "comment", lines: [title], isTitle: true }, ...parts];
}

/** One map of what each function has: `lines` are its entries, of the function `f` with the key `name`. */
export function merged(functions: string, ...lines: readonly string[]): Expression {
  return expr(`merge([for name, f in ${functions} : {`, ...lines, "}]...)");
}

/** Blocks for each element of a collection, whose element is `NAME.value`. */
export function dynamic(name: string, forEach: Value, ...content: readonly (Part | ValueMap)[]): Block {
  return block("dynamic", [name], { for_each: forEach }, block("content", [], ...content));
}

const ARTEFACTS = { type: expr("string"), default: "../../.tricast" };

/** What every target's variables begin with. */
export function commonVariables({ zip }: Pick<Features, "zip">): Block[] {
  return [
    variable("service", "Name of the service: the beginning of every name.", { type: expr("string") }),
    variable(
      "stage",
      "Stage that the values are of.",
      { type: expr("string") },
      // One state holds one stage: another stage's values would replace everything in it.
      block("validation", [], {
        condition: expr('contains(["default", var.stage], terraform.workspace)'),
        error_message: "The workspace is another stage's. Run: terraform workspace select -or-create STAGE",
      }),
    ),
    ...(zip ? [variable("artefacts", 'Folder that "tricast build" has written.', ARTEFACTS)] : []),
  ];
}

/** References to secrets by their variable, under names as HCL has them: `key_vault`. */
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

/** Lines of the types of variables that several clouds have. */
export const ALARMS_TYPE = [
  "  alarms = optional(object({",
  "    error_percent = number",
  "    p99_ms        = number",
  "    notify        = list(string)",
  "  }))",
] as const;
export const JWT_TYPE = [
  "    jwt = optional(object({",
  "      issuer   = string",
  "      audience = list(string)",
  "    }))",
] as const;
export const MODELS_TYPE = [
  "  models = optional(map(object({",
  "    container = string",
  "    prefix    = string",
  "  })), {})",
] as const;
