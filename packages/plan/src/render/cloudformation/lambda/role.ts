import { modelReads } from "../../../facts/model-locations.ts";
import { LOG_ACTIONS, modelPermissions } from "../../../facts/permissions.ts";
import type { ResolvedFunction } from "../../../resolved-plan.ts";
import { type Resources, serviceRole, sub } from "../cloudformation.ts";
import type { FunctionIds } from "../function-ids.ts";
import { inlinePolicy, tagList } from "../template.ts";

export interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly unknown[];
  readonly Condition?: unknown;
}

/** A role that may write the function's own logs and read its own models, and nothing else. */
export function roleResources(fn: ResolvedFunction, ids: FunctionIds): Resources {
  const statements = [logStatement(fn.name), ...modelStatements(fn)];
  return {
    [ids.role]: serviceRole("lambda.amazonaws.com", {
      ...inlinePolicy(fn.name, statements),
      Tags: tagList(fn.tags),
    }),
  };
}

function logStatement(name: string): Statement {
  return {
    Effect: "Allow",
    Action: LOG_ACTIONS,
    Resource: [sub(`arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${name}:*`)],
  };
}

/** What reading the models needs that are in S3. */
export function modelStatements(fn: Pick<ResolvedFunction, "models">): readonly Statement[] {
  return Object.values(modelReads(fn)).flatMap(({ bucket, objects }) =>
    modelPermissions(bucket, objects).map(({ action, resource, prefix }) => ({
      Effect: "Allow",
      Action: [action],
      Resource: [sub(`arn:\${AWS::Partition}:s3:::${resource}`)],
      ...(prefix === undefined ? {} : { Condition: { StringLike: { "s3:prefix": [prefix] } } }),
    })),
  );
}
