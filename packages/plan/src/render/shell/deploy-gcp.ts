import { RUNTIMES } from "../../facts/defaults.ts";
import { GCP_SERVICES, runEnvironment, type SecretVersion, secretVersions } from "../../facts/gcp.ts";
import { modelLocations } from "../../facts/model-locations.ts";
import { accountName, bucketName, pingAccountName } from "../../facts/names.ts";
import { GCP_ROLES, gcpModelObjects } from "../../facts/permissions.ts";
import { gcpPingSchedule, WARMUP_HEADER, WARMUP_SECRET } from "../../facts/pings.ts";
import { SERVER_PORT, STARTUP_PROBE } from "../../facts/server.ts";
import type { ResolvedFunction, ResolvedGcp, ResolvedPlan } from "../../resolved-plan.ts";
import { command, ifMissing, type Option, quote, writeScript } from "./shell.ts";

/** `gcloud` commands that deploy one stage to Google Cloud. */
export function deployGcp(plan: ResolvedPlan, gcp: ResolvedGcp): string {
  const { service, stage } = plan;
  const project = {
    id: gcp.project,
    runAs: gcp.runAs,
    region: gcp.region,
    bucket: bucketName(plan, gcp),
    pinger: pingAccountName(plan),
  };
  return writeScript({
    purpose: `Deploys ${service}, stage ${stage}, to Google Cloud.`,
    tool: "gcloud",
    install: "https://cloud.google.com/sdk/docs/install",
    commands: [
      `export CLOUDSDK_CORE_PROJECT=${quote(gcp.project)} CLOUDSDK_CORE_DISABLE_PROMPTS=1`,
      `gcloud services enable ${GCP_SERVICES.map((name) => `${name}.googleapis.com`).join(" \\\n  ")}`,
      ...(gcp.runAs === "function" ? [makeBucket(project)] : []),
      ...gcp.functions.flatMap((one) => deployOne(one, gcp, project)),
    ],
  });
}

type Secrets = Readonly<Record<string, SecretVersion>>;

interface Project {
  readonly runAs: ResolvedGcp["runAs"];
  readonly id: string;
  readonly region: string;
  readonly bucket: string;
  readonly pinger: string;
}

function makeBucket({ bucket, region }: Project): string {
  const create = command(
    `gcloud storage buckets create gs://${bucket}`,
    ["--location", region],
    ["--uniform-bucket-level-access"],
    ["--public-access-prevention"],
  );
  return ifMissing(`gcloud storage buckets describe gs://${bucket}`, create);
}

function deployOne(one: ResolvedFunction, gcp: ResolvedGcp, project: Project): string[] {
  const secrets = secretVersions(one);
  const email = `${accountName(one)}@${gcp.project}.iam.gserviceaccount.com`;
  return [
    `# ${one.predictor}\n${makeAccount(email, one.name)}`,
    ...modelAccess(one, email),
    ...secretAccess(secrets, email),
    ...(one.endpoint?.auth === "none" ? [] : [closeToPublic(one, project)]),
    ...(gcp.runAs === "function"
      ? deployFunction(one, secrets, email, project)
      : [deployService(one, secrets, email, project)]),
    ...(one.ping === undefined ? [] : [pinger(one, one.ping.everyMinutes, secrets, project)]),
  ];
}

/** The service account that a predictor runs as, where there is none yet; its name is what stands before the @. */
export function makeAccount(email: string, displayName: string): string {
  const [name = ""] = email.split("@");
  return ifMissing(
    `gcloud iam service-accounts describe ${email}`,
    command(`gcloud iam service-accounts create ${name}`, ["--display-name", displayName]),
  );
}

export function modelAccess(one: Pick<ResolvedFunction, "models">, email: string): string[] {
  return Object.values(modelLocations("gcp", one.models)).map(({ container, prefix }) => {
    const objects = gcpModelObjects(container, prefix);
    return command(
      `gcloud storage buckets add-iam-policy-binding gs://${container}`,
      ["--member", `serviceAccount:${email}`],
      ["--role", GCP_ROLES.modelReader],
      ["--condition", `title=model,expression=resource.name.startsWith("${objects}")`],
    );
  });
}

function secretAccess(secrets: Secrets, email: string): string[] {
  return Object.values(secrets).map(({ project, secret }) =>
    command(
      `gcloud secrets add-iam-policy-binding ${quote(secret)}`,
      project === undefined ? undefined : ["--project", project],
      ["--member", `serviceAccount:${email}`],
      ["--role", GCP_ROLES.secretReader],
    ),
  );
}

/**
 * Takes away what an earlier deployment gave everybody, before new code is there. `--no-allow-unauthenticated` does so
 * afterwards, and where gcloud may not do it, it warns and ends with 0 (gcloud run deploy, serverless_operations.py).
 */
function closeToPublic({ name }: ResolvedFunction, { region }: Project): string {
  const find = command(
    `gcloud run services get-iam-policy ${name}`,
    ["--region", region],
    ["--flatten", "bindings[].members"],
    ["--filter", `bindings.role=${GCP_ROLES.invoker} AND bindings.members=allUsers`],
    ["--format", "value(bindings.members)"],
  );
  const remove = command(
    `gcloud run services remove-iam-policy-binding ${name}`,
    ["--region", region],
    ["--member", "allUsers"],
    ["--role", GCP_ROLES.invoker],
  );
  return [
    "public=",
    `if gcloud run services describe ${name} --region ${region} >/dev/null 2>&1; then`,
    `  public=$(${find.replaceAll("\n", "\n  ")})`,
    "fi",
    'if [ -n "$public" ]; then',
    `  ${remove.replaceAll("\n", "\n  ")}`,
    "fi",
  ].join("\n");
}

/** What functions and services have in common. */
function shared(one: ResolvedFunction, secrets: Secrets, email: string, project: Project): Option[] {
  const references = Object.entries(secrets).map(([variable, { project, secret, version }]) => [
    variable,
    `${project === undefined ? secret : `projects/${project}/secrets/${secret}`}:${version}`,
  ]);
  return [
    ["--region", project.region],
    ["--memory", `${one.memoryMb}Mi`],
    ["--cpu", String(one.cpu)],
    ["--timeout", `${one.timeoutSeconds}s`],
    ["--concurrency", String(one.concurrency)],
    ["--min-instances", String(one.warm.min)],
    ["--service-account", email],
    pairs("--set-env-vars", "--clear-env-vars", Object.entries(runEnvironment(one, project.runAs))),
    pairs("--set-secrets", "--clear-secrets", references as [string, string][]),
    [one.endpoint?.auth === "none" ? "--allow-unauthenticated" : "--no-allow-unauthenticated"],
  ];
}

/** As `gcloud topic escaping` says: another separator than a comma, which values may have. */
export function pairs(set: string, clear: string, entries: readonly (readonly [string, string])[]): Option {
  if (entries.length === 0) return [clear];
  const texts = entries.map(([name, value]) => `${name}=${value}`);
  const separator = ["@", "#", "~", "|", "::", "@@", "##"].find((own) => !texts.some((text) => text.includes(own)));
  return [set, `^${separator ?? ";;"}^${texts.join(separator ?? ";;")}`];
}

function labels(one: ResolvedFunction): Option | undefined {
  const entries = Object.entries(one.tags);
  return entries.length === 0
    ? undefined
    : ["--update-labels", entries.map(([name, value]) => `${name}=${value}`).join(",")];
}

function deployFunction(one: ResolvedFunction, secrets: Secrets, email: string, project: Project): string[] {
  const zip = `"$artefacts"/${one.predictor}/cloud-functions-x64/source.zip`;
  const object = `gs://${project.bucket}/${one.predictor}/source.zip`;
  // A local folder would go through .gcloudignore, which leaves node_modules out.
  const upload = `gcloud storage cp ${zip} ${object}`;
  const deploy = command(
    `gcloud functions deploy ${one.name}`,
    ["--gen2"],
    ["--runtime", RUNTIMES.gcp],
    ["--trigger-http"],
    ["--entry-point", one.predictor],
    ["--source", object],
    ["--set-build-env-vars", "GOOGLE_VENDOR_NPM_DEPENDENCIES=true"],
    one.maxInstances === undefined ? ["--clear-max-instances"] : ["--max-instances", String(one.maxInstances)],
    ...shared(one, secrets, email, project),
    labels(one),
  );
  const url = `gcloud functions describe ${one.name} --gen2 --region ${project.region} --format 'value(serviceConfig.uri)'`;
  return [upload, deploy, url];
}

function deployService(one: ResolvedFunction, secrets: Secrets, email: string, project: Project): string {
  const { path, ...times } = STARTUP_PROBE;
  const probe = Object.entries({ "httpGet.path": path, ...times })
    .map(([key, value]) => `${key}=${value}`)
    .join();
  return [
    command(
      `gcloud run deploy ${one.name}`,
      ["--image", one.image ?? ""],
      ["--port", `${SERVER_PORT}`],
      ["--cpu-boost"],
      ["--startup-probe", probe],
      ["--max-instances", String(one.maxInstances ?? "default")],
      ...shared(one, secrets, email, project),
      labels(one),
    ),
    `gcloud run services describe ${one.name} --region ${project.region} --format 'value(status.url)'`,
  ].join("\n\n");
}

/** Cloud Scheduler asks whether the predictor is ready, with an identity that may. */
function pinger(one: ResolvedFunction, everyMinutes: number, secrets: Secrets, project: Project): string {
  const email = `${project.pinger}@${project.id}.iam.gserviceaccount.com`;
  const secret = readSecret(one, secrets);
  const name = `${one.name}-ping`;
  const allow = command(
    `gcloud run services add-iam-policy-binding ${one.name}`,
    ["--region", project.region],
    ["--member", `serviceAccount:${email}`],
    ["--role", GCP_ROLES.invoker],
  );
  return [
    ifMissing(
      `gcloud iam service-accounts describe ${email}`,
      `gcloud iam service-accounts create ${project.pinger} --display-name Pings`,
    ),
    allow,
    `url=$(gcloud run services describe ${one.name} --region ${project.region} --format 'value(status.url)')`,
    ...secret,
    `verb=create${secret.length > 0 ? " headers=--headers" : ""}`,
    `if gcloud scheduler jobs describe ${name} --location ${project.region} >/dev/null 2>&1; then`,
    `  verb=update${secret.length > 0 ? " headers=--update-headers" : ""}`,
    "fi",
    command(
      `gcloud scheduler jobs "$verb" http ${name}`,
      ["--location", project.region],
      ["--schedule", gcpPingSchedule(everyMinutes)],
      ["--uri", { raw: '"$url"/ready' }],
      ["--http-method", "GET"],
      ["--attempt-deadline", "60s"],
      ["--max-retry-attempts", "0"],
      ["--oidc-service-account-email", email],
      ["--oidc-token-audience", { raw: '"$url"' }],
      secret.length > 0 ? ['"$headers"', { raw: `"${WARMUP_HEADER}=$secret"` }] : undefined,
    ),
  ].join("\n");
}

/** Sets `secret` to what pings prove themselves with; nothing where the predictor has no such variable. */
function readSecret({ environment }: ResolvedFunction, secrets: Secrets): string[] {
  const plain = environment[WARMUP_SECRET];
  const place = secrets[WARMUP_SECRET];
  if (place === undefined) return plain === undefined ? [] : [`secret=${quote(plain)}`];
  const read = command(
    `gcloud secrets versions access ${place.version}`,
    ["--secret", place.secret],
    place.project === undefined ? undefined : ["--project", place.project],
  );
  return [`secret=$(${read})`];
}
