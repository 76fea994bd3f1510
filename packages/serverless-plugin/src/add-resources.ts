import type { ResolvedPlan } from "@tricast/plan";
import { awsResources, functionIds, type Gateways, modelStatements, tagList } from "@tricast/plan/tools";
import { sharedRole } from "./own-role.ts";
import { isRecord, type ProviderObject, type Serverless } from "./serverless-api.ts";

/** Adds what the plan needs besides the functions to the template that Serverless is compiling. */
export function addResources({ service }: Serverless, plan: ResolvedPlan): void {
  const { Resources } = service.provider.compiledCloudFormationTemplate;
  const hasOwnRole = (name: string) => service.functions[name]?.role === functionIds(name).role;
  const gateways = gatewaysOf(service.provider, Resources);
  const added = awsResources(plan, { version: (name) => versionOf(name, Resources), hasOwnRole, gateways });
  const shared = sharedRole(Resources);
  for (const fn of plan.aws?.functions ?? []) {
    if (!hasOwnRole(fn.predictor)) shared?.Statement.push(...modelStatements(fn));
    const logs = Resources[functionIds(fn.predictor).logGroup];
    // Serverless tags functions and no log groups.
    if (isRecord(logs) && isRecord(logs.Properties)) Object.assign(logs.Properties, { Tags: tagList(fn.tags) });
  }
  Object.assign(Resources, added);
}

/** Its id has a hash of the code and the configuration, so that a changed function makes a new version. */
function versionOf(name: string, resources: Readonly<Record<string, unknown>>): string {
  const { function: logicalId } = functionIds(name);
  const found = Object.entries(resources).find(([, resource]) => {
    if (!isRecord(resource) || resource.Type !== "AWS::Lambda::Version" || !isRecord(resource.Properties)) return false;
    const { FunctionName } = resource.Properties;
    return isRecord(FunctionName) && FunctionName.Ref === logicalId;
  });
  if (found === undefined) throw new TypeError(`Serverless made no version of ${logicalId}`);
  return found[0];
}

/** The gateways of this stack, or those that another one made. */
function gatewaysOf({ httpApi }: ProviderObject, resources: Readonly<Record<string, unknown>>): Gateways {
  const restApi = resources.ApiGatewayRestApi;
  return {
    httpApi: "HttpApi" in resources ? { Ref: "HttpApi" } : httpApi?.id,
    restApi: isRecord(restApi) && isRecord(restApi.Properties) ? restApi.Properties.Name : undefined,
  };
}
