import { modelReads } from "../../../facts/model-locations.ts";
import { LOG_ACTIONS, modelPermissions } from "../../../facts/permissions.ts";
import type { ResolvedFunction } from "../../../resolved-plan.ts";
import { allow, arn, inlinePolicy, ownArn, type Resources, type Statement, serviceRole } from "../cloudformation.ts";
import type { FunctionIds } from "../function-ids.ts";
import { tagList } from "../template.ts";

/** A role that may write the function's own logs and read its own models, and nothing else. */
export function roleResources(fn: ResolvedFunction, ids: FunctionIds): Resources {
  const logs = allow(LOG_ACTIONS, ownArn("logs", `log-group:/aws/lambda/${fn.name}:*`));
  return {
    [ids.role]: serviceRole("lambda.amazonaws.com", {
      ...inlinePolicy(fn.name, [logs, ...modelStatements(fn)]),
      Tags: tagList(fn.tags),
    }),
  };
}

/** Permissions to read the models in S3. */
export function modelStatements(fn: Pick<ResolvedFunction, "models">): readonly Statement[] {
  return Object.values(modelReads(fn)).flatMap(({ bucket, objects }) =>
    modelPermissions(bucket, objects).map(({ action, resource, prefix }) =>
      allow([action], arn(`s3:::${resource}`), prefix && { StringLike: { "s3:prefix": [prefix] } }),
    ),
  );
}
