import { GCP_SERVICES, GCP_WATCHING } from "../../../facts/gcp.ts";
import { functionDescription } from "../../../facts/names.ts";
import { SERVER_PORT, STARTUP_PROBE } from "../../../facts/server.ts";
import type { Features } from "../features.ts";
import { comment, dynamic, expr, type Nested, nested, type Part, template, type ValueMap } from "../hcl.ts";
import { functionsIf, locals, mergedMaps, resource } from "../terraform-module.ts";

/** Whether any stage runs its predictors as functions, and whether any runs them as services. */
export interface RunsAs {
  readonly function: boolean;
  readonly service: boolean;
}

const PLACE = { location: expr("var.region") };

/** The services of Google Cloud that a deployment uses, and an identity for each predictor. */
export function gcpCommon(): Part[] {
  const services = [...GCP_SERVICES, ...GCP_WATCHING].sort();
  return [
    resource("google_project_service", "used", {
      for_each: expr(`toset([${services.map((name) => `"${name}"`).join(", ")}])`),
      service: template("${each.value}.googleapis.com"),
      disable_on_destroy: false,
    }),
    resource("google_service_account", "function", {
      for_each: expr("var.functions"),
      account_id: expr("each.value.account"),
      display_name: expr("each.value.name"),
    }),
  ];
}

export function gcpFunctions(features: Features, runsAs: RunsAs): Part[] {
  return [
    ...(runsAs.function ? functions(features) : []),
    ...(runsAs.service ? services(features) : []),
    running(runsAs),
  ];
}

/** The Cloud Run service of each predictor. A function is such a service with a build before it. */
function running(runsAs: RunsAs): Part {
  const maps = [
    ...(runsAs.function
      ? [
          "{ for name, f in google_cloudfunctions2_function.function : name => { service = f.name, uri = f.service_config[0].uri } }",
        ]
      : []),
    ...(runsAs.service
      ? ["{ for name, s in google_cloud_run_v2_service.service : name => { service = s.name, uri = s.uri } }"]
      : []),
  ];
  return locals({ running: mergedMaps(maps) });
}

const ZIP = "${var.artefacts}/${each.key}/cloud-functions-x64/source.zip";

function functions(features: Features): Part[] {
  return [
    locals({ functions: functionsIf('f.run_as == "function"') }),
    resource("google_storage_bucket", "code", {
      name: expr("var.code_bucket"),
      ...PLACE,
      uniform_bucket_level_access: true,
      public_access_prevention: "enforced",
      labels: expr("local.labels"),
    }),
    resource("google_storage_bucket_object", "code", {
      for_each: expr("local.functions"),
      // Google builds new code only if the name of the object is new.
      name: template(`\${each.key}/\${filesha256("${ZIP}")}.zip`),
      bucket: expr("google_storage_bucket.code.name"),
      source: template(ZIP),
    }),
    cloudFunction(features),
  ];
}

/** Attributes of a function and of a service. */
function common(kind: "functions" | "services"): ValueMap {
  return {
    for_each: expr(`local.${kind}`),
    name: expr("each.value.name"),
    ...PLACE,
    description: template(functionDescription("${each.key}", "${var.service}", "${var.stage}")),
  };
}

const LABELS = { labels: expr("merge(local.labels, each.value.labels)") };

function cloudFunction(features: Features): Part {
  const source = nested({
    bucket: expr("google_storage_bucket.code.name"),
    object: expr("google_storage_bucket_object.code[each.key].name"),
  });
  return resource("google_cloudfunctions2_function", "function", {
    ...common("functions"),
    ...LABELS,
    build_config: nested({
      runtime: expr("var.runtime"),
      entry_point: expr("each.key"),
      // The zip contains the dependencies. The build must not install any.
      environment_variables: { GOOGLE_VENDOR_NPM_DEPENDENCIES: "true" },
      source: nested({ storage_source: source }),
    }),
    service_config: nested({
      available_memory: template("${each.value.memory_mb}Mi"),
      available_cpu: expr("each.value.cpu"),
      timeout_seconds: expr("each.value.timeout_seconds"),
      max_instance_request_concurrency: expr("each.value.concurrency"),
      min_instance_count: expr("each.value.min_instances"),
      max_instance_count: expr("each.value.max_instances"),
      service_account_email: expr("google_service_account.function[each.key].email"),
      ingress_settings: "ALLOW_ALL",
      all_traffic_on_latest_revision: true,
      environment_variables: expr("each.value.environment"),
      secret_environment_variables: features.secrets ? functionSecrets() : undefined,
    }),
    depends_on: dependencies(features),
  });
}

function functionSecrets(): Nested {
  return dynamic(expr("each.value.secrets"), {
    key: expr("secret_environment_variables.key"),
    project_id: expr("coalesce(secret_environment_variables.value.project, var.project)"),
    secret: expr("secret_environment_variables.value.secret"),
    version: expr("secret_environment_variables.value.version"),
  });
}

function services(features: Features): Part[] {
  return [
    locals({ services: functionsIf('f.run_as == "service"') }),
    resource("google_cloud_run_v2_service", "service", {
      ...common("services"),
      ingress: "INGRESS_TRAFFIC_ALL",
      deletion_protection: false,
      ...LABELS,
      template: nested({
        service_account: expr("google_service_account.function[each.key].email"),
        timeout: template("${each.value.timeout_seconds}s"),
        max_instance_request_concurrency: expr("each.value.concurrency"),
        scaling: nested({
          min_instance_count: expr("each.value.min_instances"),
          max_instance_count: expr("each.value.max_instances"),
        }),
        containers: container(features),
      }),
      depends_on: dependencies(features),
    }),
  ];
}

function container({ secrets }: Features): Nested {
  const { path, periodSeconds, failureThreshold, timeoutSeconds } = STARTUP_PROBE;
  const limits = { cpu: expr("each.value.cpu"), memory: template("${each.value.memory_mb}Mi") };
  const variables = dynamic(expr("each.value.environment"), { name: expr("env.key"), value: expr("env.value") });
  return nested([
    {
      image: expr("each.value.image"),
      ports: nested({ container_port: SERVER_PORT }),
      resources: nested({ limits, cpu_idle: true, startup_cpu_boost: true }),
    },
    comment("An instance counts as started when its model is loaded and warm."),
    {
      startup_probe: nested({
        period_seconds: periodSeconds,
        failure_threshold: failureThreshold,
        timeout_seconds: timeoutSeconds,
        http_get: nested({ path }),
      }),
      env: [variables, ...(secrets ? [containerSecrets()] : [])],
    },
  ]);
}

function containerSecrets(): Nested {
  const reference = nested({
    secret: expr('"projects/${coalesce(env.value.project, var.project)}/secrets/${env.value.secret}"'),
    version: expr("env.value.version"),
  });
  return dynamic(expr("each.value.secrets"), {
    name: expr("env.key"),
    value_source: nested({ secret_key_ref: reference }),
  });
}

/** A revision that cannot read its secrets does not start. */
function dependencies({ secrets }: Features) {
  const access = secrets ? [expr("google_secret_manager_secret_iam_member.function")] : [];
  return [expr("google_project_service.used"), ...access];
}
