import { basename } from "node:path";
import type { ResolvedFunction, ResolvedPlan } from "@tricast/plan";
import {
  DEFAULTS,
  endpointEvents,
  functionDescription,
  functionIds,
  modelVariable,
  RUNTIMES,
} from "@tricast/plan/tools";
import { applyEndpoint, applySharedCors } from "./apply-endpoint.ts";
import { withPartialFailures } from "./batch-failures.ts";
import { endpointOf } from "./events.ts";
import { hasOwnRole } from "./own-role.ts";
import type { FunctionObject, ServerlessService } from "./serverless-api.ts";

/** Writes the plan's settings of each predictor into the functions of the service. */
export function applyPlan(service: ServerlessService, plan: ResolvedPlan): void {
  const { aws } = plan;
  if (aws === undefined) return;
  for (const fn of aws.functions) {
    const target = service.functions[fn.predictor] as FunctionObject;
    Object.assign(target, settingsOf(target, fn, service, plan));
    // Serverless accepts either a handler or an image.
    if (fn.packaging === "image") delete target.handler;
    // Serverless would create a second alias, named "provisioned".
    delete target.provisionedConcurrency;
    if (target.events !== undefined) target.events = target.events.map(withPartialFailures);
    if (fn.endpoint === undefined) continue;
    if (endpointOf(target) === undefined) {
      target.events = [...(target.events ?? []), ...endpointEvents(fn.endpoint)];
      if (fn.endpoint.kind === "function-url") target.url = true;
    }
    applyEndpoint(target, fn.endpoint, service);
  }
  applySharedCors(service, aws);
}

function settingsOf(
  target: FunctionObject,
  fn: ResolvedFunction,
  { provider }: ServerlessService,
  plan: ResolvedPlan,
): Partial<FunctionObject> {
  const ids = functionIds(fn.predictor);
  return {
    description: target.description ?? functionDescription(fn.predictor, plan.service, plan.stage),
    memorySize: fn.memoryMb,
    timeout: fn.timeoutSeconds,
    architecture: fn.architecture === "x64" ? "x86_64" : "arm64",
    logRetentionInDays: fn.logRetentionDays,
    ...(fn.scratchMb === DEFAULTS.aws.scratchMb ? {} : { ephemeralStorageSize: fn.scratchMb }),
    ...(fn.maxInstances === undefined ? {} : { reservedConcurrency: fn.maxInstances }),
    environment: { ...modelAddresses(fn), ...fn.environment, ...secretReferences(fn), ...target.environment },
    tags: { ...fn.tags, ...target.tags },
    // serverless-esbuild skips the function.
    skipEsbuild: true,
    ...(fn.packaging === "image"
      ? { image: target.image ?? fn.image }
      : { runtime: target.runtime ?? provider.runtime ?? RUNTIMES.aws }),
    ...(hasOwnRole(target, provider) ? { role: ids.role } : {}),
    versionFunction: true,
    // The target of permissions and integrations of all events (lib/plugins/aws/utils/resolve-lambda-target.js).
    targetAlias: { name: plan.aws?.alias, logicalId: ids.alias },
  };
}

/** A predictor reads the variable of its own name, which is the name of its folder, not of the function. */
function modelAddresses({ entry, models }: ResolvedFunction): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(models).map(([name, uri]) => [modelVariable(basename(entry), name), uri]));
}

/** CloudFormation reads them at deployment: docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html */
function secretReferences({ secrets }: ResolvedFunction): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(secrets).flatMap(([name, secret]) => {
      if ("ssm" in secret) return [[name, `{{resolve:ssm:${secret.ssm}}}`]];
      return "secretsManager" in secret
        ? [[name, `{{resolve:secretsmanager:${secret.secretsManager}:SecretString}}`]]
        : [];
    }),
  );
}
