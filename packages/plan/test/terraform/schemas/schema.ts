import { readFileSync } from "node:fs";

/** What a provider publishes of the types that we render. */
export interface ProviderSchema {
  readonly provider: string;
  readonly version: string;
  /** Where it was taken from. */
  readonly package: string;
  /** By `resource aws_lambda_function`, `data aws_partition`. */
  readonly types: Readonly<Record<string, ResourceSchema>>;
}

export interface BodySchema {
  /** `string`, `number`, `boolean`, `list`, `map` or `any`, with `!` where there must be one. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly blocks: Readonly<Record<string, BlockSchema>>;
}

export interface BlockSchema extends BodySchema {
  readonly many: boolean;
  readonly required: boolean;
}

export interface ResourceSchema extends BodySchema {
  /** What references may name. */
  readonly outputs: readonly string[];
}

export const SCHEMAS: readonly ProviderSchema[] = ["aws", "azurerm", "google"].map(
  (name) => JSON.parse(readFileSync(new URL(`./${name}.golden.json`, import.meta.url), "utf8")) as ProviderSchema,
);
