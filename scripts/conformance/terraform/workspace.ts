import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { messageOf } from "@tricast/core/adapter";
import { type ResolvedFunction, type ResolvedPlan, renderTerraform } from "@tricast/plan";
import { olderProvider, WANTED } from "./older-provider.ts";
import { providerMirror } from "./provider-mirror.ts";

export const MIRROR = providerMirror();
const RUN_MS = 180_000;
/** A state in JSON comes with the schemas of the provider. */
const MOST_OUTPUT = 256 * 1024 * 1024;
export const OLDER = MIRROR === undefined ? undefined : olderProvider(MIRROR);

/** Folder of the program; it is removed when the program ends. */
export const root = mkdtempSync(join(tmpdir(), "tricast-terraform-"));
/** Without a mirror, the provider is downloaded from the registry once. */
const CACHE = join(root, "providers");
mkdirSync(CACHE);

/**
 * The reason why the tests of the provider are skipped; the check reports "not run". With `CI=true` they fail instead.
 */
export function whyNoProvider(): string | false {
  if (process.env.CI === "true") return false;
  const folder = join(root, "provider");
  mkdirSync(folder);
  const version = MIRROR === undefined ? WANTED : ">= 0";
  const aws = `aws = {\n      source = "hashicorp/aws"\n      version = "${version}"\n    }`;
  writeFileSync(join(folder, "main.tf"), `terraform {\n  required_providers {\n    ${aws}\n  }\n}\n`);
  try {
    init(folder);
    return false;
  } catch (error) {
    console.error(
      `\n!! NOT RUN: the provider for AWS is not available; set TF_PLUGIN_MIRROR to a mirror\n${messageOf(error)}\n`,
    );
    return "the provider for AWS is not available";
  }
}

export function init(folder: string): void {
  terraform(folder, ["init", "-backend=false", "-input=false", ...(MIRROR ? [`-plugin-dir=${MIRROR}`] : [])]);
}

/** Writes the modules of plans into a folder of their own. */
export function writeModules(name: string, plans: readonly ResolvedPlan[]): string {
  const folder = join(root, name);
  for (const { path, text } of renderTerraform(plans)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** The values of a stage, for an older provider too. */
export function stageArguments(folder: string, stage: string): readonly string[] {
  const variables = readFileSync(join(folder, "variables.tf"), "utf8");
  return [
    `-var-file=${stage}.tfvars`,
    ...(variables.includes('"artefacts"') ? ["-var=artefacts=artefacts"] : []),
    ...(OLDER !== undefined && variables.includes('"runtime"') ? [`-var=runtime=${OLDER.runtime}`] : []),
  ];
}

/** Changes a module of AWS so that an older provider accepts it. */
export function suitProvider(folder: string): void {
  if (OLDER === undefined) return;
  const main = join(folder, "main.tf");
  writeFileSync(main, readFileSync(main, "utf8").replace(OLDER.unknownAttribute, ""));
  writeFileSync(join(folder, OLDER.override.name), OLDER.override.text);
}

const FOLDERS = {
  aws: ({ architecture }: ResolvedFunction) => `aws-lambda-${architecture}`,
  azure: () => "azure-functions-x64",
  gcp: () => "cloud-functions-x64",
};
const FILES = { aws: ["function.zip", "runtime-layer.zip"], azure: ["app.zip"], gcp: ["source.zip"] };

/** Zips are only read and hashed, so their content does not matter. */
export function writeArtefacts(folder: string, one: ResolvedFunction): void {
  const own = join(folder, "artefacts", one.predictor, FOLDERS[one.target](one));
  mkdirSync(own, { recursive: true });
  for (const file of FILES[one.target]) writeFileSync(join(own, file), file);
}

/** Values of other resources whose form the provider checks. */
export const MOCK = `mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/mock" }
  }
  mock_resource "aws_lambda_alias" {
    defaults = {
      arn        = "arn:aws:lambda:eu-central-1:111122223333:function:mock:live"
      invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/mock/invocations"
    }
  }
  mock_resource "aws_lambda_layer_version" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:layer:mock:1" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:mock" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-central-1:111122223333:rule/mock" }
  }
  mock_resource "aws_apigatewayv2_api" {
    defaults = { execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:mock" }
  }
  mock_resource "aws_api_gateway_rest_api" {
    defaults = { execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:mock" }
  }
}
`;

/** Runs Terraform. @throws {Error} with its output, if it fails. @returns its standard output. */
export function terraform(folder: string, args: readonly string[]): string {
  const cache = MIRROR ? {} : { TF_PLUGIN_CACHE_DIR: CACHE };
  const env = { ...process.env, ...cache, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
  const { status, stdout, stderr, error } = spawnSync("terraform", args, {
    cwd: folder,
    env,
    encoding: "utf8",
    maxBuffer: MOST_OUTPUT,
    timeout: RUN_MS,
  });
  if (error !== undefined) throw new Error(`terraform ${args[0]} could not be run: ${error.message}`, { cause: error });
  assert.equal(status, 0, `terraform ${args.join(" ")} in ${folder}:\n${stdout}${stderr}`);
  return stdout;
}
