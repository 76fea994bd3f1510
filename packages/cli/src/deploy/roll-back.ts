import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { TricastError } from "@tricast/core";
import type { ResolvedFunction } from "@tricast/plan";
import { lambdaApi } from "../invoke/lambda-api.ts";
import { artefactFolder } from "../plan/read-measurements.ts";
import { ask, type Deployment, functionsOf, run } from "./deploy-tool.ts";

/** The version or revision before and after a rollback. */
export interface RolledBack {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Returns every function of a target to the state before the last deployment. AWS: moves the alias to the previous
 * version. Google: moves the traffic to the previous revision. Azure keeps no versions: deploys the previous package again.
 *
 * @param isFailed whether the deployment failed its smoke test. If it did, the kept package is older than the deployment.
 * @throws {TricastError} `deploy-failed` without a previous version.
 */
export async function rollBack(deployment: Deployment, isFailed: boolean): Promise<readonly RolledBack[]> {
  const done: RolledBack[] = [];
  for (const fn of functionsOf(deployment)) done.push(await rollBackOne(deployment, fn, isFailed));
  return done;
}

function rollBackOne(deployment: Deployment, fn: ResolvedFunction, isFailed: boolean): Promise<RolledBack> {
  if (fn.target === "aws") return rollBackAlias(deployment, fn);
  return fn.target === "gcp" ? rollBackRevision(deployment, fn) : rollBackPackage(deployment, fn, isFailed);
}

async function rollBackAlias({ plan, env }: Deployment, { name }: ResolvedFunction): Promise<RolledBack> {
  const { region = "", alias = "" } = plan.aws ?? {};
  const api = lambdaApi(region, env);
  const { FunctionVersion: from } = await api.getAlias(name, alias);
  const to = (await api.listVersions(name)).findLast((version) => version < Number(from));
  if (to === undefined) throw nothingBefore(name, `version ${from}`);
  await api.moveAlias(name, alias, String(to));
  return { name, from: `version ${from}`, to: `version ${to}` };
}

interface Revision {
  readonly metadata: { readonly name: string };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

interface RunService {
  readonly status: {
    readonly traffic: readonly { readonly revisionName?: string; readonly percent?: number }[];
    readonly latestReadyRevisionName: string;
  };
}

/** A Cloud Run function is a Cloud Run service of the same name, which has the revisions and the traffic. */
async function rollBackRevision(deployment: Deployment, { name }: ResolvedFunction): Promise<RolledBack> {
  const { project = "", region = "" } = deployment.plan.gcp ?? {};
  const scope = ["--project", project, "--region", region];
  const list = ["run", "revisions", "list", "--service", name, ...scope, "--sort-by", "~metadata.creationTimestamp"];
  const service: RunService = await askJson(deployment, ["run", "services", "describe", name, ...scope]);
  const revisions: readonly Revision[] = await askJson(deployment, list);
  const serving = service.status.traffic.find(({ percent = 0 }) => percent > 0)?.revisionName;
  const from = serving ?? service.status.latestReadyRevisionName;
  const older = revisions.slice(revisions.findIndex(({ metadata }) => metadata.name === from) + 1);
  const to = older.find(isReady)?.metadata.name;
  if (to === undefined) throw nothingBefore(name, from);
  await run(deployment, "gcloud", ["run", "services", "update-traffic", name, ...scope, "--to-revisions", `${to}=100`]);
  return { name, from, to };
}

async function askJson<T>(deployment: Deployment, args: readonly string[]): Promise<T> {
  return JSON.parse((await ask(deployment, "gcloud", [...args, "--format", "json"])).stdout);
}

function isReady({ status }: Revision): boolean {
  return status.conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

async function rollBackPackage(deployment: Deployment, fn: ResolvedFunction, isFailed: boolean): Promise<RolledBack> {
  const { current, previous } = keptPackages(deployment, fn);
  const kept = isFailed ? current : previous;
  if (!existsSync(kept)) throw nothingBefore(fn.name, "the current package");
  const group = deployment.plan.azure?.resourceGroup ?? "";
  const scope = ["--resource-group", group, "--name", fn.name];
  await run(deployment, "az", ["functionapp", "deployment", "source", "config-zip", ...scope, "--src", kept]);
  if (!isFailed) copyFileSync(previous, current);
  return { name: fn.name, from: "the current package", to: "the previous package" };
}

/** Keeps the package that passed its smoke test, and the package before it, for targets that keep no versions. */
export function keepPackages(deployment: Deployment): void {
  for (const fn of functionsOf(deployment).filter(({ target }) => target === "azure")) {
    const { current, previous } = keptPackages(deployment, fn);
    mkdirSync(dirname(current), { recursive: true });
    if (existsSync(current)) copyFileSync(current, previous);
    copyFileSync(join(artefactFolder(deployment.artefacts, fn), "app.zip"), current);
  }
}

function keptPackages({ artefacts }: Deployment, { name }: ResolvedFunction) {
  const folder = join(artefacts, "deployed", name);
  return { current: join(folder, "current.zip"), previous: join(folder, "previous.zip") };
}

function nothingBefore(name: string, from: string): TricastError {
  return new TricastError("deploy-failed", `${name} has no version before ${from}; deploy a version that works`);
}
