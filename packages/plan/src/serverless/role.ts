import type { ResolvedFunction } from "../resolved-plan.ts";
import { modelPlaces } from "../terraform/model-place.ts";
import { type Resources, serviceRole, sub } from "./cloudformation.ts";
import type { FunctionIds } from "./function-ids.ts";

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

/** What a function reads of a bucket in S3. */
export type ModelRead = {
  readonly bucket: string;
  /** Keys, as policies name them: `models/iris/*`, or a single file's own. */
  readonly objects: string;
};

/**
 * What a function reads in S3, by the name of the model; CloudFormation and Terraform allow the same. A model's files lie
 * below its name. A single file is read alone: the store fetches nothing that lies beside it.
 */
export function modelReads({ models }: Pick<ResolvedFunction, "models">): Readonly<Record<string, ModelRead>> {
  const places = Object.entries(modelPlaces("aws", models));
  return Object.fromEntries(
    places.map(([name, { container, prefix }]) => [
      name,
      { bucket: container, objects: prefix.endsWith("/") ? `${prefix}*` : prefix },
    ]),
  );
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
