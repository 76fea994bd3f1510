import { writeYaml } from "../../text/yaml.ts";
import { unlessEmpty } from "../../unless-empty.ts";
import type { Resources } from "./cloudformation.ts";

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
  const template = {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: description,
    Parameters: unlessEmpty(parameters),
    Resources: resources,
    Outputs: outputs,
  };
  const apart = ({ length }: readonly string[], position: number) =>
    length === 1 ? position > 1 : length === 2 && position > 0;
  return writeYaml(template, { head: comments, apart });
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
