import { modelLocations } from "../../facts/model-locations.ts";
import { GCP_ROLES, gcpModelObjects } from "../../facts/permissions.ts";
import type { ResolvedFunction } from "../../resolved-plan.ts";
import { assignments, command, ifMissing, type Options, quote, writeScript } from "./shell.ts";

/** A script for one project that enables services first. */
export function gcloudScript(
  purpose: string,
  project: string,
  services: readonly string[],
  commands: readonly string[],
): string {
  return writeScript("gcloud", purpose, [
    `export CLOUDSDK_CORE_PROJECT=${quote(project)} CLOUDSDK_CORE_DISABLE_PROMPTS=1`,
    `gcloud services enable ${services.map((name) => `${name}.googleapis.com`).join(" \\\n  ")}`,
    ...commands,
  ]);
}

export function accountEmail(account: string, project: string): string {
  return `${account}@${project}.iam.gserviceaccount.com`;
}

/** Creates a service account if it does not exist. */
export function makeAccount(email: string, displayName: string): string {
  const [name = ""] = email.split("@");
  return ifMissing(
    `gcloud iam service-accounts describe ${email}`,
    command(`gcloud iam service-accounts create ${name}`, { "--display-name": displayName }),
  );
}

export function modelAccess(one: Pick<ResolvedFunction, "models">, email: string): string[] {
  return Object.values(modelLocations("gcp", one.models)).map(({ container, prefix }) =>
    command(`gcloud storage buckets add-iam-policy-binding gs://${container}`, {
      "--member": `serviceAccount:${email}`,
      "--role": GCP_ROLES.modelReader,
      "--condition": `title=model,expression=resource.name.startsWith("${gcpModelObjects(container, prefix)}")`,
    }),
  );
}

/** Pairs with a separator that no value contains, as in `gcloud topic escaping`. @param clear the flag without pairs. */
export function pairs(set: string, clear: string, entries: Readonly<Record<string, string>>): Options {
  const texts = assignments(entries);
  if (texts.length === 0) return { [clear]: true };
  const separator = ["@", "#", "~", "|", "::", "@@", "##"].find((own) => !texts.some((text) => text.includes(own)));
  return { [set]: `^${separator ?? ";;"}^${texts.join(separator ?? ";;")}` };
}

export function labels(flag: "--labels" | "--update-labels", tags: Readonly<Record<string, string>>): Options {
  const texts = assignments(tags);
  return { [flag]: texts.length === 0 ? undefined : texts.join(",") };
}
