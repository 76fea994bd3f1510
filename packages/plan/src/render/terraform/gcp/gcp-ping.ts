import { GCP_ROLES } from "../../../facts/permissions.ts";
import { WARMUP_HEADER, WARMUP_SECRET } from "../../../facts/pings.ts";
import type { Features } from "../features.ts";
import { comment, expr, nested, type Part, template } from "../hcl.ts";
import { data, functionsIf, ifAny, locals, resource } from "../terraform-module.ts";

/**
 * Cloud Scheduler asks each instance whether it is ready, with its own identity. If the predictor has
 * `TRICAST_WARMUP_SECRET`, the ping carries the secret and warms the model too.
 */
export function gcpPing(features: Features): Part[] {
  if (!features.ping) return [];
  return [
    locals({ pinged: functionsIf("f.ping_schedule != null") }),
    resource("google_service_account", "ping", {
      ...ifAny("local.pinged"),
      account_id: expr("var.ping_account"),
      display_name: template("Pings ${var.service} ${var.stage}"),
    }),
    resource("google_cloud_run_v2_service_iam_member", "ping", {
      for_each: expr("local.pinged"),
      location: expr("var.region"),
      name: expr("local.running[each.key].service"),
      role: GCP_ROLES.invoker,
      member: expr("google_service_account.ping[0].member"),
    }),
    ...(features.secrets ? secret() : []),
    job(features),
  ];
}

function secret(): Part[] {
  return [
    comment("Cloud Scheduler has no references to secrets: the job, and so the state, contains the value."),
    data("google_secret_manager_secret_version", "ping", {
      for_each: expr(
        "{ for name, f in local.pinged : name => f.secrets[local.secret] if contains(keys(f.secrets), local.secret) }",
      ),
      project: expr("coalesce(each.value.project, var.project)"),
      secret: expr("each.value.secret"),
      version: expr("each.value.version"),
    }),
    locals({ secret: WARMUP_SECRET }),
  ];
}

function job({ secrets }: Features): Part {
  const plain = `lookup(each.value.environment, "${WARMUP_SECRET}", null)`;
  const value = secrets ? `try(data.google_secret_manager_secret_version.ping[each.key].secret_data, ${plain})` : plain;
  return resource("google_cloud_scheduler_job", "ping", {
    for_each: expr("local.pinged"),
    name: template("${each.value.name}-ping"),
    region: expr("var.region"),
    schedule: expr("each.value.ping_schedule"),
    time_zone: "Etc/UTC",
    attempt_deadline: "60s",
    depends_on: [expr("google_project_service.used")],
    retry_config: nested({ retry_count: 0 }),
    http_target: nested({
      http_method: "GET",
      uri: template("${local.running[each.key].uri}/ready"),
      headers: expr(`{ for secret in ${value}[*] : "${WARMUP_HEADER}" => secret }`),
      oidc_token: nested({
        service_account_email: expr("google_service_account.ping[0].email"),
        audience: expr("local.running[each.key].uri"),
      }),
    }),
  });
}
