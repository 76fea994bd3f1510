import { modelReads } from "../../../facts/model-locations.ts";
import type { ResolvedFunction } from "../../../resolved-plan.ts";
import { type Resources, serviceRole, sub } from "../cloudformation.ts";
import type { FunctionIds } from "../function-ids.ts";

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

/**
 * Reading the objects of each model that lies in S3; none where none does. Serving lists nothing, but S3 answers 404 for an
 * object that is not there only to those who may list it, and 403 to others
 * (docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
 */
export function modelStatements(fn: Pick<ResolvedFunction, "models">): readonly Statement[] {
  return Object.values(modelReads(fn)).flatMap(({ bucket, objects }) => [
    allow("s3:GetObject", `${bucket}/${objects}`),
    { ...allow("s3:ListBucket", bucket), Condition: { StringLike: { "s3:prefix": [objects] } } },
  ]);
}

function allow(action: string, resource: string): Statement {
  return { Effect: "Allow", Action: [action], Resource: [sub(`arn:\${AWS::Partition}:s3:::${resource}`)] };
}
