import type { OutputFile } from "../../output-file.ts";
import { writeYaml } from "../../text/yaml.ts";
import { unlessEmpty } from "../../unless-empty.ts";
import type { Resources } from "./cloudformation.ts";

type Members = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Template {
  readonly path: string;
  readonly description: string;
  /** Lines above the template, for the person who deploys it. */
  readonly comments: readonly string[];
  readonly parameters?: Members;
  readonly resources: Resources;
  readonly outputs: readonly Members[];
}

/** A CloudFormation template as YAML, with blank lines between resources. */
export function templateFile({
  path,
  description,
  comments,
  parameters = {},
  resources,
  outputs,
}: Template): OutputFile {
  const template = {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: description,
    Parameters: unlessEmpty(parameters),
    Resources: resources,
    Outputs: Object.assign({}, ...outputs),
  };
  const apart = ({ length }: readonly string[], position: number) =>
    length === 1 ? position > 1 : length === 2 && position > 0;
  return { path, text: writeYaml(template, { head: comments, apart }) };
}

/** Tags in the form of `Tags`; `undefined` without tags. */
export function tagList(tags: Readonly<Record<string, string>>): readonly { Key: string; Value: string }[] | undefined {
  const entries = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return entries.length === 0 ? undefined : entries;
}
