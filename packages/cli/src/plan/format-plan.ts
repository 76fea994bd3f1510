import type { Finding, ResolvedEndpoint, ResolvedFunction, ResolvedPlan, TargetName } from "@tricast/plan";
import type { ResolvedInstance, ResolvedPod, ResolvedSite, ResolvedTask, ResolvedWarm } from "@tricast/plan/tools";
import { containerTargetsOf, type PlanChange, targetsOf } from "@tricast/plan/tools";
import { table } from "../table.ts";

const CONTAINER_HEADER = ["CONTAINER", "SIZE", "TIMEOUT", "INSTANCES", "AUTH", "IMAGE"];
const SITE_HEADER = ["SITE", "SERVERS", "TIMEOUT"];
const HEADER = ["FUNCTION", "MEMORY", "CPU", "ARCH", "TIMEOUT", "PACKAGING", "WARM", "PING", "ENDPOINT", "AUTH"];

/** Formats a plan as one table per target. */
export function formatPlan(plan: ResolvedPlan): string {
  const functions = targetsOf(plan).map(({ target, functions }) => {
    return [titleOf(plan, target), table(HEADER, functions.map(toRow))];
  });
  const containers = containerTargetsOf(plan).map(({ target, containers }) => {
    return [target, table(CONTAINER_HEADER, containers.map(toContainerRow))];
  });
  const sites = plan.nginx === undefined ? [] : [["nginx", table(SITE_HEADER, plan.nginx.sites.map(toSiteRow))]];
  return [...functions, ...containers, ...sites].map((lines) => lines.join("\n")).join("\n\n");
}

function toContainerRow(one: ResolvedPod | ResolvedTask | ResolvedInstance): readonly string[] {
  return [
    one.name,
    "instanceType" in one ? one.instanceType : `${one.cpu} CPU, ${one.memoryMb} MB`,
    `${one.timeoutSeconds} s`,
    formatWarm(one.instances),
    formatAuth(one.endpoint),
    one.image ?? "-",
  ];
}

function toSiteRow({ host, servers, timeoutSeconds }: ResolvedSite): readonly string[] {
  return [host, servers.join(", "), `${timeoutSeconds} s`];
}

function titleOf({ aws, azure, gcp }: ResolvedPlan, target: TargetName): string {
  if (target === "aws") return `aws · ${aws?.region} · alias ${aws?.alias}`;
  if (target === "azure") return `azure · ${azure?.location} · resource group ${azure?.resourceGroup}`;
  return `gcp · ${gcp?.region} · project ${gcp?.project} · ${gcp?.runAs}`;
}

function toRow(fn: ResolvedFunction): readonly string[] {
  return [
    fn.name,
    `${fn.memoryMb} MB`,
    String(fn.cpu),
    fn.architecture,
    `${fn.timeoutSeconds} s`,
    fn.packaging,
    formatWarm(fn.warm),
    fn.ping === undefined ? "-" : `${fn.ping.concurrency} / ${fn.ping.everyMinutes} min`,
    fn.endpoint === undefined ? "-" : `${fn.endpoint.kind} ${fn.endpoint.path}`,
    formatAuth(fn.endpoint),
  ];
}

function formatWarm({ min, max, schedule }: ResolvedWarm): string {
  const bounds = max > min ? `${min}-${max}` : String(min);
  return schedule.length === 0 ? bounds : `${bounds}, ${schedule.length} windows`;
}

function formatAuth(endpoint: ResolvedEndpoint | undefined): string {
  if (endpoint === undefined) return "-";
  return typeof endpoint.auth === "object" ? "jwt" : endpoint.auth;
}

/** Formats findings for people: the rule, the value seen, the reason and the fix. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .map(
      ({ severity, rule, where, seen, why, fix }) =>
        `${severity} ${rule}: ${where} is ${seen}\n  ${why}\n  Fix: ${fix}.`,
    )
    .join("\n");
}

export function formatChanges(changes: readonly PlanChange[], before: string, after: string): string {
  if (changes.length === 0) return `${before} and ${after} are the same`;
  const rows = changes.map(({ path, before, after }) => [path, formatValue(before), formatValue(after)]);
  return table(["CHANGE", before.toUpperCase(), after.toUpperCase()], rows);
}

function formatValue(value: unknown): string {
  if (value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}
