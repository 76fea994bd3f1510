import type { TargetName } from "../config.ts";
import type { ResolvedFunction } from "../resolved-plan.ts";
import { functionRule, type Rule, repeats, targetRule, type Violation } from "./rule.ts";

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
  functionRule({
    name: "log-retention-days",
    targets: ["aws"],
    why: "CloudWatch Logs knows certain numbers of days and refuses any other.",
    source: "docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    look: ({ logRetentionDays: days }) =>
      CLOUDWATCH_DAYS.includes(days)
        ? undefined
        : { field: "logRetentionDays", seen: `${days} days`, fix: `choose ${nextDays(days)}` },
  }),
  functionRule({
    name: "alarm-above-timeout",
    severity: "warning",
    why: "No request takes longer than its timeout, so this alarm never tells.",
    source: "tricast: Alarms.p99Ms",
    look: ({ alarms, timeoutSeconds }) =>
      alarms !== undefined && alarms.p99Ms >= timeoutSeconds * 1000
        ? {
            field: "alarms.p99Ms",
            seen: `${alarms.p99Ms} ms with a timeout of ${timeoutSeconds} s`,
            fix: `choose less than ${timeoutSeconds * 1000}`,
          }
        : undefined,
  }),
  functionRule({
    name: "alarm-notify-form",
    why: "Each cloud tells its own kind of address; another one is refused.",
    source: "tricast: Alarms.notify",
    look: ({ alarms, target }) =>
      (alarms?.notify ?? [])
        .filter((address) => !NOTIFY[target].form.test(address))
        .map((address) => ({ field: "alarms.notify", seen: address, fix: `write ${NOTIFY[target].example}` })),
  }),
  functionRule({
    name: "rollout-unsupported",
    targets: ["azure", "gcp"],
    why: "A Flex Consumption app has no slots and a Cloud Run function takes a new version over at once, so steps would be ignored.",
    source:
      "learn.microsoft.com/azure/azure-functions/functions-deployment-slots; cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration",
    look: ({ rollout, target }, { plan }) =>
      rollout.kind === "all-at-once" || (target === "gcp" && plan.gcp?.runAs === "service")
        ? undefined
        : { field: "rollout.kind", seen: rollout.kind, fix: "set it under targets.aws, or run as a Cloud Run service" },
  }),
  functionRule({
    name: "rollout-without-alarms",
    severity: "warning",
    targets: ["aws"],
    why: "A new version that takes over in steps is taken back by an alarm; without one the steps only delay it.",
    source: "docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html",
    look: ({ rollout, alarms }) =>
      rollout.kind !== "all-at-once" && alarms === undefined
        ? { field: "rollout.kind", seen: `${rollout.kind} without alarms`, fix: "add alarms: {}" }
        : undefined,
  }),
  functionRule({
    name: "aws-tag-form",
    targets: ["aws"],
    why: "AWS refuses over 50 tags, names that begin with aws: or are over 128 characters, and values over 256.",
    source: "docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",
    look: ({ tags }) => findTags(tags, 50, (name, value) => !/^(?!aws:).{1,128}$/i.test(name) || value.length > 256),
  }),
  functionRule({
    name: "azure-tag-form",
    targets: ["azure"],
    why: "Azure refuses over 50 tags, names with < > % & \\ ? / or over 512 characters, and values over 256.",
    source: "learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations",
    look: ({ tags }) => findTags(tags, 50, (name, value) => !/^[^<>%&\\?/]{1,512}$/.test(name) || value.length > 256),
  }),
  functionRule({
    name: "gcp-label-form",
    targets: ["gcp"],
    why: "Google's labels are lower-case letters, digits, dashes and underscores, names beginning with a letter, at most 63 characters and 64 of them.",
    source: "cloud.google.com/resource-manager/docs/labels-overview#requirements",
    look: ({ tags }) =>
      findTags(tags, 64, (name, value) => !/^[a-z][a-z0-9_-]{0,62}$/.test(name) || !/^[a-z0-9_-]{0,63}$/.test(value)),
  }),
  targetRule({
    name: "azure-host-id",
    severity: "warning",
    target: "azure",
    why: "Functions tells apps on one storage account apart by the first 32 characters of their names; two with the same take each other's locks.",
    source: "learn.microsoft.com/azure/azure-functions/storage-considerations#host-id-considerations",
    look: ({ functions }) =>
      repeats(functions, hostId).map(([start, owners]) => ({
        field: `${owners[0]?.predictor}.name`,
        seen: `${start}... for ${owners.map(({ predictor }) => predictor).join(" and ")}`,
        fix: "shorten service, or the names of the predictors",
      })),
  }),
];

function nextDays(days: number): string {
  const above = CLOUDWATCH_DAYS.find((one) => one > days);
  const below = CLOUDWATCH_DAYS.findLast((one) => one < days);
  return [below, above].filter((one) => one !== undefined).join(" or ");
}

type Tags = ResolvedFunction["tags"];

function findTags(tags: Tags, most: number, isBad: (name: string, value: string) => boolean): readonly Violation[] {
  const bad = Object.entries(tags)
    .filter(([name, value]) => isBad(name, value))
    .map(([name, value]) => ({ field: "tags", seen: `${name}: ${value}`, fix: "write it otherwise" }));
  const count = Object.keys(tags).length;
  return count > most ? [...bad, { field: "tags", seen: `${count} tags`, fix: `keep ${most}` }] : bad;
}

/** Names that are cut there and differ before. */
function hostId({ name }: ResolvedFunction): string {
  return name.slice(0, 32);
}
