import type { ResolvedFunction } from "../resolved-plan.ts";
import { type Resources, serviceRole, sub } from "./cloudformation.ts";
import type { FunctionIds } from "./function-ids.ts";

export interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
}

/** A role that may write the function's own logs and read its own models, and nothing else. */
export function roleResources(fn: ResolvedFunction, ids: FunctionIds): Resources {
  const statements = [logStatement(fn.name), ...modelStatements(fn)];
  return {
    [ids.role]: serviceRole("lambda.amazonaws.com", {
      Policies: [{ PolicyName: fn.name, PolicyDocument: { Version: "2012-10-17", Statement: statements } }],
    }),
  };
}

/** The group itself is made with the stack, so that its retention holds. */
function logStatement(name: string): Statement {
  return {
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: [sub(`arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${name}:*`)],
  };
}

/** Reading the objects of each model that lies in S3; empty where none does. Serving a model lists nothing. */
export function modelStatements({ models }: ResolvedFunction): readonly Statement[] {
  const resources = Object.values(models)
    .filter((uri) => uri.startsWith("s3://"))
    .map((uri) => sub(`arn:\${AWS::Partition}:s3:::${objectsOf(uri)}`));
  return resources.length === 0 ? [] : [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: resources }];
}

/** One file as it is named, or everything under the model's name; a version or an alias after `@` is no part of a key. */
function objectsOf(uri: string): string {
  const path = uri.slice("s3://".length).replace(/[?#].*$/, "");
  if (/\.(onnx|ort)$/.test(path)) return path;
  return `${path.replace(/@[^/@]*$/, "").replace(/\/+$/, "")}/*`;
}
