import { yamlBlock } from "../../text/yaml.ts";
import type { CloudFormationResource, Resources } from "./cloudformation.ts";

type Members = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Template {
  readonly description: string;
  /** Above the template, for whoever deploys it. */
  readonly comments: readonly string[];
  readonly parameters: Members;
  readonly resources: Resources;
  readonly outputs: Members;
}

/** A CloudFormation template as YAML, one resource apart from the next. */
export function writeTemplate({ description, comments, parameters, resources, outputs }: Template): string {
  const head = yamlBlock({ AWSTemplateFormatVersion: "2010-09-09", Description: description }, "");
  const parts = [section("Parameters", parameters), section("Resources", resources), section("Outputs", outputs)];
  const notes = comments.map((line) => `# ${line}\n`).join("");
  return `${notes}${[head, ...parts.filter((part) => part !== "")].join("\n\n")}\n`;
}

function section(name: string, members: Members | Readonly<Record<string, CloudFormationResource>>): string {
  const entries = Object.entries(members).map(([key, member]) => yamlBlock({ [key]: member }, "  "));
  return entries.length === 0 ? "" : `${name}:\n${entries.join("\n\n")}`;
}

/** Tags as resources take them. */
export function tagList(tags: Readonly<Record<string, string>>): readonly { Key: string; Value: string }[] | undefined {
  const entries = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return entries.length === 0 ? undefined : entries;
}

/** What a service needs besides, and nothing where that is nothing. */
export function inlinePolicy(name: string, statements: readonly unknown[]): Readonly<Record<string, unknown>> {
  if (statements.length === 0) return {};
  return { Policies: [{ PolicyName: name, PolicyDocument: { Version: "2012-10-17", Statement: statements } }] };
}
