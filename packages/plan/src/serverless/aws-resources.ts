import type { ResolvedPlan } from "../resolved-plan.ts";
import { alarmResources } from "./alarms.ts";
import { aliasResources } from "./alias.ts";
import type { Resources } from "./cloudformation.ts";
import { dashboardResources } from "./dashboard.ts";
import { functionIds } from "./function-ids.ts";
import { pingResources } from "./ping-rules.ts";
import { roleResources } from "./role.ts";
import { rolloutResources } from "./rollout.ts";
import { scalingResources } from "./scaling.ts";

export interface AwsResourceOptions {
  /** Logical id of the `AWS::Lambda::Version` that was made for a predictor. */
  version(predictor: string): string;
  /** Whether a predictor gets a role of its own. Default: every one. */
  hasOwnRole?(predictor: string): boolean;
}

/**
 * The CloudFormation that a plan needs besides its functions, versions, log groups, layers and gateways: those are
 * the Serverless Framework's. Pure; no id or name in it depends on anything but the plan.
 *
 * @throws {TricastError} `invalid-option` for a time of a window that AWS has no word for.
 */
export function awsResources(plan: ResolvedPlan, { version, hasOwnRole = () => true }: AwsResourceOptions): Resources {
  const { aws } = plan;
  if (aws === undefined) return {};
  const ofFunctions = aws.functions.map((fn) => {
    const ids = functionIds(fn.predictor);
    return {
      ...(hasOwnRole(fn.predictor) ? roleResources(fn, ids) : {}),
      ...aliasResources(fn, ids, aws.alias, version(fn.predictor)),
      ...scalingResources(fn, ids, aws.alias),
      ...pingResources(fn, ids),
      ...alarmResources(fn, ids, aws.alias),
    };
  });
  return { ...Object.assign({}, ...ofFunctions), ...rolloutResources(aws.functions), ...dashboardResources(plan, aws) };
}
