import { RUNTIMES } from "../../facts/defaults.ts";
import { GCP_SERVICES, runEnvironment, type SecretVersion, secretVersions } from "../../facts/gcp.ts";
import { accountName, bucketName, pingAccountName } from "../../facts/names.ts";
import { GCP_ROLES } from "../../facts/permissions.ts";
import { gcpPingSchedule, WARMUP_HEADER, WARMUP_SECRET } from "../../facts/pings.ts";
import { SERVER_PORT, STARTUP_PROBE } from "../../facts/server.ts";
import type { ResolvedFunction, ResolvedGcp, ResolvedPlan } from "../../resolved-plan.ts";
import { accountEmail, gcloudScript, labels, makeAccount, modelAccess, pairs } from "./gcloud.ts";
import { assign, assignments, command, ifFound, ifMissing, indent, type Options, quote } from "./shell.ts";

/** `gcloud` commands that deploy one stage to Google Cloud. */
export function deployGcp(plan: ResolvedPlan, gcp: ResolvedGcp): string {
  const bucket = bucketName(plan, gcp);
  const pinger = accountEmail(pingAccountName(plan), gcp.project);
  return gcloudScript(`Deploys ${plan.service}, stage ${plan.stage}, to Google Cloud.`, gcp.project, GCP_SERVICES, [
    ...(gcp.runAs === "function" ? [makeBucket(bucket, gcp)] : []),
    ...gcp.functions.flatMap((fn) => deployOne({ fn, gcp, bucket, pinger, secrets: secretVersions(fn) })),
  ]);
}

/** A function with the values that its commands share. */
interface Deployed {
  readonly fn: ResolvedFunction;
  readonly gcp: ResolvedGcp;
  readonly bucket: string;
  /** Address of the service account that pings. */
  readonly pinger: string;
  readonly secrets: Readonly<Record<string, SecretVersion>>;
}

function makeBucket(bucket: string, { region }: ResolvedGcp): string {
  const create = command(`gcloud storage buckets create gs://${bucket}`, {
    "--location": region,
    "--uniform-bucket-level-access": true,
    "--public-access-prevention": true,
  });
  return ifMissing(`gcloud storage buckets describe gs://${bucket}`, create);
}

function deployOne(one: Deployed): string[] {
  const { fn, gcp } = one;
  const email = accountEmail(accountName(fn), gcp.project);
  return [
    `# ${fn.predictor}\n${makeAccount(email, fn.name)}`,
    ...modelAccess(fn, email),
    ...secretAccess(one, email),
    ...(isPublic(fn) ? [] : [closeToPublic(one)]),
    ...(gcp.runAs === "function" ? deployFunction(one, email) : deployService(one, email)),
    ...(fn.ping === undefined ? [] : [pinger(one, fn.ping.everyMinutes)]),
  ];
}

function isPublic({ endpoint }: ResolvedFunction): boolean {
  return endpoint?.auth === "none";
}

function secretAccess({ secrets }: Deployed, email: string): string[] {
  return Object.values(secrets).map(({ project, secret }) =>
    command(`gcloud secrets add-iam-policy-binding ${quote(secret)}`, {
      "--project": project,
      "--member": `serviceAccount:${email}`,
      "--role": GCP_ROLES.secretReader,
    }),
  );
}

/**
 * Removes the public access of an earlier deployment before the new code is deployed. `--no-allow-unauthenticated` removes
 * it later, and without the permission to do so, gcloud only warns and ends with 0 (gcloud run deploy,
 * serverless_operations.py).
 */
function closeToPublic({ fn: { name }, gcp: { region } }: Deployed): string {
  const find = command(`gcloud run services get-iam-policy ${name}`, {
    "--region": region,
    "--flatten": "bindings[].members",
    "--filter": `bindings.role=${GCP_ROLES.invoker} AND bindings.members=allUsers`,
    "--format": "value(bindings.members)",
  });
  const remove = command(`gcloud run services remove-iam-policy-binding ${name}`, {
    "--region": region,
    "--member": "allUsers",
    "--role": GCP_ROLES.invoker,
  });
  return [
    "public=",
    ifFound(`gcloud run services describe ${name} --region ${region}`, assign("public", find)),
    'if [ -n "$public" ]; then',
    indent(remove),
    "fi",
  ].join("\n");
}

/** Options of functions and of services. */
function shared({ fn, gcp, secrets }: Deployed, email: string): Options {
  const references = Object.entries(secrets).map(([variable, { project, secret, version }]) => [
    variable,
    `${project === undefined ? secret : `projects/${project}/secrets/${secret}`}:${version}`,
  ]);
  return {
    "--region": gcp.region,
    "--memory": `${fn.memoryMb}Mi`,
    "--cpu": String(fn.cpu),
    "--timeout": `${fn.timeoutSeconds}s`,
    "--concurrency": String(fn.concurrency),
    "--min-instances": String(fn.warm.min),
    "--service-account": email,
    ...pairs("--set-env-vars", "--clear-env-vars", runEnvironment(fn, gcp.runAs)),
    ...pairs("--set-secrets", "--clear-secrets", Object.fromEntries(references)),
    [isPublic(fn) ? "--allow-unauthenticated" : "--no-allow-unauthenticated"]: true,
    ...labels("--update-labels", fn.tags),
  };
}

function deployFunction(one: Deployed, email: string): string[] {
  const { fn, gcp } = one;
  const zip = `"$artefacts"/${fn.predictor}/cloud-functions-x64/source.zip`;
  const object = `gs://${one.bucket}/${fn.predictor}/source.zip`;
  const most = fn.maxInstances;
  const deploy = command(`gcloud functions deploy ${fn.name}`, {
    "--gen2": true,
    "--runtime": RUNTIMES.gcp,
    "--trigger-http": true,
    "--entry-point": fn.predictor,
    "--source": object,
    "--set-build-env-vars": "GOOGLE_VENDOR_NPM_DEPENDENCIES=true",
    ...(most === undefined ? { "--clear-max-instances": true } : { "--max-instances": String(most) }),
    ...shared(one, email),
  });
  return [
    // gcloud applies .gcloudignore to a local folder, and so leaves out node_modules.
    `gcloud storage cp ${zip} ${object}`,
    deploy,
    `gcloud functions describe ${fn.name} --gen2 --region ${gcp.region} --format 'value(serviceConfig.uri)'`,
  ];
}

function deployService(one: Deployed, email: string): string[] {
  const { fn } = one;
  const { path, ...times } = STARTUP_PROBE;
  const numbers = Object.entries(times).map(([key, value]) => [key, String(value)]);
  const deploy = command(`gcloud run deploy ${fn.name}`, {
    "--image": fn.image ?? "",
    "--port": `${SERVER_PORT}`,
    "--cpu-boost": true,
    "--startup-probe": assignments({ "httpGet.path": path, ...Object.fromEntries(numbers) }).join(),
    "--max-instances": String(fn.maxInstances ?? "default"),
    ...shared(one, email),
  });
  return [deploy, describeUrl(one)];
}

function describeUrl({ fn, gcp }: Deployed): string {
  return `gcloud run services describe ${fn.name} --region ${gcp.region} --format 'value(status.url)'`;
}

/** Cloud Scheduler asks whether the predictor is ready, with an identity that may call it. */
function pinger(one: Deployed, everyMinutes: number): string {
  const { fn, gcp, pinger: email } = one;
  const secret = readSecret(one);
  const hasSecret = secret.length > 0;
  const name = `${fn.name}-ping`;
  return [
    ifMissing(
      `gcloud iam service-accounts describe ${email}`,
      `gcloud iam service-accounts create ${email.split("@")[0]} --display-name Pings`,
    ),
    command(`gcloud run services add-iam-policy-binding ${fn.name}`, {
      "--region": gcp.region,
      "--member": `serviceAccount:${email}`,
      "--role": GCP_ROLES.invoker,
    }),
    assign("url", describeUrl(one)),
    ...secret,
    `verb=create${hasSecret ? " headers=--headers" : ""}`,
    ifFound(
      `gcloud scheduler jobs describe ${name} --location ${gcp.region}`,
      `verb=update${hasSecret ? " headers=--update-headers" : ""}`,
    ),
    command(`gcloud scheduler jobs "$verb" http ${name}`, {
      "--location": gcp.region,
      "--schedule": gcpPingSchedule(everyMinutes),
      "--uri": { raw: '"$url"/ready' },
      "--http-method": "GET",
      "--attempt-deadline": "60s",
      "--max-retry-attempts": "0",
      "--oidc-service-account-email": email,
      "--oidc-token-audience": { raw: '"$url"' },
      '"$headers"': hasSecret ? { raw: `"${WARMUP_HEADER}=$secret"` } : undefined,
    }),
  ].join("\n");
}

/** Sets `secret` to the secret of pings. No command if the predictor has no such variable. */
function readSecret({ fn: { environment }, secrets }: Deployed): string[] {
  const plain = environment[WARMUP_SECRET];
  const stored = secrets[WARMUP_SECRET];
  if (stored === undefined) return plain === undefined ? [] : [`secret=${quote(plain)}`];
  const read = command(`gcloud secrets versions access ${stored.version}`, {
    "--secret": stored.secret,
    "--project": stored.project,
  });
  return [assign("secret", read)];
}
