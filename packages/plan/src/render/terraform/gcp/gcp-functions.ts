import { GCP_SERVICES, GCP_WATCHING } from "../../../facts/gcp.ts";
import { functionDescription } from "../../../facts/names.ts";
import { SERVER_PORT, STARTUP_PROBE } from "../../../facts/server.ts";
import type { Features } from "../features.ts";
import { block, comment, expr, type Part, template, type ValueMap } from "../hcl.ts";
import { dynamic, resource } from "../terraform-module.ts";

/** Which of the two ways the stages run their predictors. */
export interface RunsAs {
  readonly function: boolean;
  readonly service: boolean;
}

const PLACE = { location: expr("var.region") };

/** The interfaces that are called, and an identity for each predictor. */
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

/** What runs each predictor: a function is a Cloud Run service with a build before it. */
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
  const running = maps.length === 1 ? expr(...maps) : expr("merge(", ...maps.map((map) => `  ${map},`), ")");
  return block("locals", [], { running });
}

const ZIP = "${var.artefacts}/${each.key}/cloud-functions-x64/source.zip";

function functions(features: Features): Part[] {
  return [
    block("locals", [], {
      functions: expr('{ for name, f in var.functions : name => f if f.run_as == "function" }'),
    }),
    resource("google_storage_bucket", "code", {
      name: expr("var.code_bucket"),
      ...PLACE,
      uniform_bucket_level_access: true,
      public_access_prevention: "enforced",
      labels: expr("local.labels"),
    }),
    resource("google_storage_bucket_object", "code", {
      for_each: expr("local.functions"),
      // A new name is what makes the function build new code.
      name: template(`\${each.key}/\${filesha256("${ZIP}")}.zip`),
      bucket: expr("google_storage_bucket.code.name"),
      source: template(ZIP),
    }),
    cloudFunction(features),
  ];
}

function cloudFunction(features: Features): Part {
  const source = {
    bucket: expr("google_storage_bucket.code.name"),
    object: expr("google_storage_bucket_object.code[each.key].name"),
  };
  const build = {
    runtime: expr("var.runtime"),
    entry_point: expr("each.key"),
    // The zip carries what it needs, and the build installs nothing.
    environment_variables: { GOOGLE_VENDOR_NPM_DEPENDENCIES: "true" },
  };
  return resource(
    "google_cloudfunctions2_function",
    "function",
    {
      for_each: expr("local.functions"),
      name: expr("each.value.name"),
      ...PLACE,
      description: template(functionDescription("${each.key}", "${var.service}", "${var.stage}")),
      labels: expr("merge(local.labels, each.value.labels)"),
    },
    block("build_config", [], build, block("source", [], block("storage_source", [], source))),
    block("service_config", [], serviceConfig(), ...(features.secrets ? [functionSecrets()] : [])),
    { depends_on: dependencies(features) },
  );
}

function serviceConfig(): ValueMap {
  return {
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
  };
}

function functionSecrets(): Part {
  return dynamic("secret_environment_variables", expr("each.value.secrets"), {
    key: expr("secret_environment_variables.key"),
    project_id: expr("coalesce(secret_environment_variables.value.project, var.project)"),
    secret: expr("secret_environment_variables.value.secret"),
    version: expr("secret_environment_variables.value.version"),
  });
}

function services(features: Features): Part[] {
  return [
    block("locals", [], { services: expr('{ for name, f in var.functions : name => f if f.run_as == "service" }') }),
    resource(
      "google_cloud_run_v2_service",
      "service",
      {
        for_each: expr("local.services"),
        name: expr("each.value.name"),
        ...PLACE,
        description: template(functionDescription("${each.key}", "${var.service}", "${var.stage}")),
        ingress: "INGRESS_TRAFFIC_ALL",
        deletion_protection: false,
        labels: expr("merge(local.labels, each.value.labels)"),
      },
      block(
        "template",
        [],
        {
          service_account: expr("google_service_account.function[each.key].email"),
          timeout: template("${each.value.timeout_seconds}s"),
          max_instance_request_concurrency: expr("each.value.concurrency"),
        },
        block("scaling", [], {
          min_instance_count: expr("each.value.min_instances"),
          max_instance_count: expr("each.value.max_instances"),
        }),
        container(features),
      ),
      { depends_on: dependencies(features) },
    ),
  ];
}

function container({ secrets }: Features): Part {
  const { path, periodSeconds, failureThreshold, timeoutSeconds } = STARTUP_PROBE;
  const limits = { cpu: expr("each.value.cpu"), memory: template("${each.value.memory_mb}Mi") };
  const variable = dynamic("env", expr("each.value.environment"), {
    name: expr("env.key"),
    value: expr("env.value"),
  });
  return block(
    "containers",
    [],
    { image: expr("each.value.image") },
    block("ports", [], { container_port: SERVER_PORT }),
    block("resources", [], { limits, cpu_idle: true, startup_cpu_boost: true }),
    comment("An instance counts as started when its model is loaded and warm."),
    block(
      "startup_probe",
      [],
      { period_seconds: periodSeconds, failure_threshold: failureThreshold, timeout_seconds: timeoutSeconds },
      block("http_get", [], { path }),
    ),
    variable,
    ...(secrets ? [containerSecrets()] : []),
  );
}

function containerSecrets(): Part {
  const reference = {
    secret: expr('"projects/${coalesce(env.value.project, var.project)}/secrets/${env.value.secret}"'),
    version: expr("env.value.version"),
  };
  return block(
    "dynamic",
    ["env"],
    { for_each: expr("each.value.secrets") },
    block("content", [], { name: expr("env.key") }, block("value_source", [], block("secret_key_ref", [], reference))),
  );
}

/** A revision that cannot read its secrets does not start. */
function dependencies({ secrets }: Features) {
  const access = secrets ? [expr("google_secret_manager_secret_iam_member.function")] : [];
  return [expr("google_project_service.used"), ...access];
}
