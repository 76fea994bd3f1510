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
import { endpointOf } from "./events.ts";
import { hasOwnRole } from "./own-role.ts";
import type { FunctionObject, ServerlessService } from "./serverless-api.ts";

/** Writes what the plan decides for each predictor's function into the service. */
export function applyPlan(service: ServerlessService, plan: ResolvedPlan): void {
  const { aws } = plan;
  if (aws === undefined) return;
  for (const fn of aws.functions) {
    const target = service.functions[fn.predictor] as FunctionObject;
    applySettings(target, fn, service, plan);
    applyAlias(target, fn, aws.alias);
    if (fn.endpoint === undefined) continue;
    if (endpointOf(target) === undefined) {
      target.events = [...(target.events ?? []), ...endpointEvents(fn.endpoint)];
      if (fn.endpoint.kind === "function-url") target.url = true;
    }
    applyEndpoint(target, fn.endpoint, service);
  }
  applySharedCors(service, aws);
}

function applySettings(
  target: FunctionObject,
  fn: ResolvedFunction,
  service: ServerlessService,
  plan: ResolvedPlan,
): void {
  target.description ??= functionDescription(fn.predictor, plan.service, plan.stage);
  target.memorySize = fn.memoryMb;
  target.timeout = fn.timeoutSeconds;
  target.architecture = fn.architecture === "x64" ? "x86_64" : "arm64";
  target.logRetentionInDays = fn.logRetentionDays;
  if (fn.scratchMb !== DEFAULTS.aws.scratchMb) target.ephemeralStorageSize = fn.scratchMb;
  if (fn.maxInstances !== undefined) target.reservedConcurrency = fn.maxInstances;
  target.environment = { ...modelAddresses(fn), ...fn.environment, ...secretReferences(fn), ...target.environment };
  target.tags = { ...fn.tags, ...target.tags };
  target.skipEsbuild = true;
  if (fn.packaging === "image") {
    target.image ??= fn.image;
    // Serverless takes one of the two.
    delete target.handler;
  } else target.runtime ??= service.provider.runtime ?? RUNTIMES.aws;
  if (hasOwnRole(target, service.provider)) target.role = functionIds(fn.predictor).role;
}

/**
 * Permissions and integrations of all events go to `targetAlias` (lib/plugins/aws/utils/resolve-lambda-target.js).
 * Serverless's own `provisionedConcurrency` would make an alias `provisioned` besides ours.
 */
function applyAlias(target: FunctionObject, fn: ResolvedFunction, alias: string): void {
  delete target.provisionedConcurrency;
  target.versionFunction = true;
  target.targetAlias = { name: alias, logicalId: functionIds(fn.predictor).alias };
}

/** A predictor looks by its own name, which its folder has; the function may be called otherwise. */
function modelAddresses({ entry, models }: ResolvedFunction): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(models).map(([name, uri]) => [modelVariable(basename(entry), name), uri]));
}

/** docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html: read when the stack is deployed. */
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
