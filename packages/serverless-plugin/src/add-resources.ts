import type { ResolvedPlan } from "@tricast/plan";
import { awsResources, functionIds, type Gateways, modelStatements, tagList } from "@tricast/plan/tools";
import { sharedStatements } from "./own-role.ts";
import { isRecord, type ProviderObject, propertiesOf, type Serverless } from "./serverless-api.ts";

/** Adds the resources of the plan, except its functions, to the template that Serverless compiles. */
export function addResources({ service }: Serverless, plan: ResolvedPlan): void {
  const { Resources } = service.provider.compiledCloudFormationTemplate;
  const hasOwnRole = (name: string) => service.functions[name]?.role === functionIds(name).role;
  const gateways = gatewaysOf(service.provider, Resources);
  const added = awsResources(plan, { version: (name) => versionOf(name, Resources), hasOwnRole, gateways });
  const shared = sharedStatements(Resources);
  for (const fn of plan.aws?.functions ?? []) {
    if (!hasOwnRole(fn.predictor)) shared?.push(...modelStatements(fn));
    // Serverless tags functions but not log groups.
    const logs = propertiesOf(Resources[functionIds(fn.predictor).logGroup]);
    if (logs !== undefined) Object.assign(logs, { Tags: tagList(fn.tags) });
  }
  Object.assign(Resources, added);
}

/** The id of a version contains a hash of code and configuration, so that a changed function gets a new version. */
function versionOf(name: string, resources: Readonly<Record<string, unknown>>): string {
  const { function: logicalId } = functionIds(name);
  const found = Object.entries(resources).find(([, resource]) => {
    const FunctionName = propertiesOf(resource, "AWS::Lambda::Version")?.FunctionName;
    return isRecord(FunctionName) && FunctionName.Ref === logicalId;
  });
  if (found === undefined) throw new TypeError(`The template of Serverless has no version of ${logicalId}`);
  return found[0];
}

/** The gateways of this stack, or the shared gateways that serverless.yml names. */
function gatewaysOf({ httpApi }: ProviderObject, resources: Readonly<Record<string, unknown>>): Gateways {
  return {
    httpApi: "HttpApi" in resources ? { Ref: "HttpApi" } : httpApi?.id,
    restApi: propertiesOf(resources.ApiGatewayRestApi)?.Name,
  };
}
