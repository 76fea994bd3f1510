import type { TargetName } from "../config.ts";
import { isGradual } from "../facts/rollout.ts";
import type { ResolvedFunction } from "../resolved-plan.ts";
import { functionRule, type Rule, sharedKeys, targetRule, type Violation, violation } from "./rule.ts";

/** docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html. */
const CLOUDWATCH_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const NOTIFY: Readonly<Record<TargetName, { readonly form: RegExp; readonly example: string }>> = {
  aws: { form: /^arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+$/, example: "arn:aws:sns:<region>:<account>:<topic>" },
  azure: {
    form: /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/microsoft\.insights\/actionGroups\/[^/]+$/i,
    example: "/subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.Insights/actionGroups/<name>",
  },
  gcp: { form: /^projects\/[^/]+\/notificationChannels\/\d+$/, example: "projects/<id>/notificationChannels/<number>" },
};

export const OPERATION_RULES: readonly Rule[] = [
  functionRule("log-retention-days", ["aws"], {
    why: "CloudWatch Logs has a fixed list of retention periods and refuses any other number of days.",
    source: "docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    look: ({ logRetentionDays: days }) =>
      !CLOUDWATCH_DAYS.includes(days) && violation("logRetentionDays", `${days} days`, `choose ${nextDays(days)}`),
  }),
  functionRule("alarm-above-timeout", "all", {
    severity: "warning",
    why: "No request takes longer than its timeout, so this alarm never sounds.",
    source: "tricast: Alarms.p99Ms",
    look({ alarms, timeoutSeconds }) {
      if (alarms === undefined || alarms.p99Ms < timeoutSeconds * 1000) return undefined;
      const seen = `${alarms.p99Ms} ms with a timeout of ${timeoutSeconds} s`;
      return violation("alarms.p99Ms", seen, `choose less than ${timeoutSeconds * 1000}`);
    },
  }),
  functionRule("alarm-notify-form", "all", {
    why: "Each cloud sends alarms to its own kind of address and refuses others.",
    source: "tricast: Alarms.notify",
    look: ({ alarms, target }) =>
      (alarms?.notify ?? [])
        .filter((address) => !NOTIFY[target].form.test(address))
        .map((address) => violation("alarms.notify", address, `write ${NOTIFY[target].example}`)),
  }),
  functionRule("rollout-unsupported", ["azure", "gcp"], {
    why: "A Flex Consumption app has no slots, and a Cloud Run function takes over a new version at once. Both would ignore the steps.",
    source:
      "learn.microsoft.com/azure/azure-functions/functions-deployment-slots; cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration",
    look: (fn, { gcp }) =>
      isGradual(fn) &&
      !(fn.target === "gcp" && gcp?.runAs === "service") &&
      violation("rollout.kind", fn.rollout.kind, "set it under targets.aws, or run as a Cloud Run service"),
  }),
  functionRule("rollout-without-alarms", ["aws"], {
    severity: "warning",
    why: "An alarm rolls back a new version that takes over in steps. Without alarms, the steps only delay it.",
    source: "docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html",
    look: (fn) =>
      isGradual(fn) &&
      fn.alarms === undefined &&
      violation("rollout.kind", `${fn.rollout.kind} without alarms`, "add alarms: {}"),
  }),
  functionRule("aws-tag-form", ["aws"], {
    why: "AWS refuses more than 50 tags, names that begin with aws: or exceed 128 characters, and values of more than 256 characters.",
    source: "docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",
    look: ({ tags }) => findTags(tags, 50, /^(?!aws:).{1,128}$/i, /^.{0,256}$/s),
  }),
  functionRule("azure-tag-form", ["azure"], {
    why: "Azure refuses more than 50 tags, names with < > % & \\ ? / or more than 512 characters, and values of more than 256 characters.",
    source: "learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations",
    look: ({ tags }) => findTags(tags, 50, /^[^<>%&\\?/]{1,512}$/, /^.{0,256}$/s),
  }),
  functionRule("gcp-label-form", ["gcp"], {
    why: "Google accepts 64 labels. Names and values have at most 63 lower-case letters, digits, dashes and underscores. Names begin with a letter.",
    source: "cloud.google.com/resource-manager/docs/labels-overview#requirements",
    look: ({ tags }) => findTags(tags, 64, /^[a-z][a-z0-9_-]{0,62}$/, /^[a-z0-9_-]{0,63}$/),
  }),
  targetRule("azure-host-id", "azure", {
    severity: "warning",
    why: "Azure Functions distinguishes apps on one storage account by the first 32 characters of their names. Two apps with the same characters take each other's locks.",
    source: "learn.microsoft.com/azure/azure-functions/storage-considerations#host-id-considerations",
    look: ({ functions }) => sharedKeys(functions, hostId, "name", "shorten service, or the names of the predictors"),
  }),
];

function nextDays(days: number): string {
  const above = CLOUDWATCH_DAYS.find((one) => one > days);
  const below = CLOUDWATCH_DAYS.findLast((one) => one < days);
  return [below, above].filter((one) => one !== undefined).join(" or ");
}

function findTags(tags: ResolvedFunction["tags"], most: number, name: RegExp, value: RegExp): readonly Violation[] {
  const entries = Object.entries(tags);
  const bad = entries
    .filter(([key, text]) => !name.test(key) || !value.test(text))
    .map(([key, text]) => violation("tags", `${key}: ${text}`, "change the name or the value"));
  return entries.length > most ? [...bad, violation("tags", `${entries.length} tags`, `keep ${most}`)] : bad;
}

function hostId({ name }: ResolvedFunction): string {
  return name.slice(0, 32);
}
