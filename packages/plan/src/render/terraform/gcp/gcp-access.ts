import { GCP_ROLES, gcpModelObjects } from "../../../facts/permissions.ts";
import type { Features } from "../features.ts";
import { expr, nested, type Part, template } from "../hcl.ts";
import { functionsIf, merged, resource } from "../terraform-module.ts";

/** Permissions to call the functions, and to read models and secrets with their identities. */
export function gcpAccess(features: Features): Part[] {
  return [
    ...(features.open ? [everyone()] : []),
    ...(features.models ? [modelAccess()] : []),
    ...(features.secrets ? [secretAccess()] : []),
  ];
}

function everyone(): Part {
  return resource("google_cloud_run_v2_service_iam_member", "public", {
    for_each: functionsIf("f.public"),
    location: expr("var.region"),
    name: expr("local.running[each.key].service"),
    role: GCP_ROLES.invoker,
    member: "allUsers",
  });
}

const MEMBER = expr("google_service_account.function[each.value.function].member");

function modelAccess(): Part {
  const objects = gcpModelObjects("${each.value.container}", "${each.value.prefix}");
  return resource("google_storage_bucket_iam_member", "model", {
    for_each: merged(
      "var.functions",
      '  for model, place in f.models : "${name}/${model}" => merge(place, { function = name })',
    ),
    bucket: expr("each.value.container"),
    role: GCP_ROLES.modelReader,
    member: MEMBER,
    condition: nested({ title: "model", expression: template(`resource.name.startsWith(\\"${objects}\\")`) }),
  });
}

function secretAccess(): Part {
  return resource("google_secret_manager_secret_iam_member", "function", {
    for_each: merged(
      "var.functions",
      '  for variable, s in f.secrets : "${name}/${variable}" => merge(s, { function = name })',
    ),
    project: expr("coalesce(each.value.project, var.project)"),
    secret_id: expr("each.value.secret"),
    role: GCP_ROLES.secretReader,
    member: MEMBER,
  });
}
