import type { ResolvedFunction, ResolvedPlan } from "../../../resolved-plan.ts";
import { merge, type Resources, ref } from "../cloudformation.ts";
import { functionIds } from "../function-ids.ts";
import { type AlarmScope, alarmIds, alarmResources, type Gateways } from "./alarms.ts";
import { aliasResources } from "./alias.ts";
import { dashboardResources } from "./dashboard.ts";
import { pingResources } from "./ping-rules.ts";
import { roleResources } from "./role.ts";
import { rolloutResources } from "./rollout.ts";
import { scalingResources } from "./scaling.ts";

export interface AwsResourceOptions {
  /** Logical id of the `AWS::Lambda::Version` of a predictor. */
  version(predictor: string): string;
  /** Whether a predictor gets its own role. Default: every predictor. */
  hasOwnRole?(predictor: string): boolean;
  /** Default: the gateways of Serverless, by the names that it sets. */
  readonly gateways?: Gateways;
}

/**
 * The CloudFormation resources of a plan, except functions, versions, log groups, layers and gateways: the Serverless
 * Framework makes those. Pure; ids and names depend only on the plan.
 *
 * @throws {TricastError} `invalid-option` for a time of a window that AWS cannot express.
 */
export function awsResources(plan: ResolvedPlan, options: AwsResourceOptions): Resources {
  const { aws, service, stage } = plan;
  if (aws === undefined) return {};
  const {
    version,
    hasOwnRole = () => true,
    gateways = { httpApi: ref("HttpApi"), restApi: `${stage}-${service}` },
  } = options;
  const scopeOf = ({ predictor }: ResolvedFunction): AlarmScope => ({
    ids: functionIds(predictor),
    alias: aws.alias,
    gateways,
  });
  const ofFunctions = aws.functions.map((fn) => {
    const scope = scopeOf(fn);
    return {
      ...(hasOwnRole(fn.predictor) ? roleResources(fn, scope.ids) : {}),
      ...aliasResources(fn, scope.ids, aws.alias, version(fn.predictor)),
      ...scalingResources(fn, scope.ids, aws.alias),
      ...pingResources(fn, scope.ids),
      ...alarmResources(fn, scope),
    };
  });
  const rollout = rolloutResources(aws.functions, (fn) => alarmIds(fn, scopeOf(fn)));
  return { ...merge(ofFunctions), ...rollout, ...dashboardResources(plan, aws) };
}
