import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { type Config, checkPlan, resolvePlan } from "../../src/index.ts";
import { findProblems, RENDERERS, type Renderer, type RendererName } from "../../src/tools.ts";
import { configOn, ENDPOINT_SAMPLES, SAMPLES, TARGET_NAMES, type Target } from "../support/setting-samples.ts";

/** Settings without an effect in the files of a target, with the reason. Every other setting must have an effect. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  "aws.cpu": "the memory determines the vCPUs",
  "azure.cpu": "the memory determines the vCPUs",
  "azure.timeoutSeconds": "no file of the deployment limits a request; rules compare the setting with Azure's limit",
  "azure.scratchMb": "fixed at 0.8 GB, and a rule refuses more",
  "azure.packaging": "the sample is the default",
  "gcp.scratchMb": "files of an instance use its memory",
  "gcp.packaging": "the sample is the default",
  "ecs.scratchMb": "20 GB are included, and the sample is less",
  "aws.endpoint.loadBalancer": "only rules read it",
  "azure.endpoint.path": "a function has its own URL",
  "gcp.endpoint.path": "a function has its own URL",
  "gcp.endpoint.cors": "Cloud Run has no CORS settings; no rule reports it yet",
  "sagemaker.endpoint": "IAM is the only form, and the sample asks for it",
  "vertex.endpoint": "IAM is the only form, and the sample asks for it",
  "sagemaker.endpoint.auth": "IAM is the only form, and the sample asks for it",
  "vertex.endpoint.auth": "IAM is the only form, and the sample asks for it",
  ...Object.fromEntries(
    ["kubernetes", "ecs", "sagemaker", "vertex", "azureMl"].flatMap((target) =>
      ["kind", "path", "cors", "loadBalancer"].map((key) => [
        `${target}.endpoint.${key}`,
        "the server has its own routes; no rule reports it yet",
      ]),
    ),
  ),
};

/** Scripts make a first deployment, without alarms and log settings, and tag resource groups only. */
const NOT_IN_SCRIPTS = ["azure.tags", "azure.logRetentionDays", "azure.alarms", "gcp.logRetentionDays", "gcp.alarms"];

const samples = [
  ...Object.entries(SAMPLES).map(([key, [value]]) => ({ key, settings: { [key]: value } })),
  ...Object.entries(ENDPOINT_SAMPLES).map(([key, value]) => ({
    key: `endpoint.${key}`,
    settings: { endpoint: { [key]: value } },
  })),
];

function rulesOf(config: Config): readonly string[] {
  return checkPlan(resolvePlan(config)).map(({ rule }) => rule);
}

function renderersOf(target: Target): readonly RendererName[] {
  const all = Object.entries(RENDERERS) as [RendererName, Renderer][];
  return all.filter(([, { targets }]) => targets.includes(target)).map(([name]) => name);
}

/** The files, or the error of a renderer that refuses the plan. */
function render(name: RendererName, config: Config): unknown {
  try {
    return RENDERERS[name].render([resolvePlan(config)]);
  } catch (error) {
    return String(error);
  }
}

/** The renderers of a target that ignore a setting. None if the setting is refused or warned about. */
function ignoring(target: Target, settings: object): readonly RendererName[] {
  const [before, after] = [configOn(target), configOn(target, settings)];
  if (findProblems(after).length > 0) return [];
  const known = rulesOf(before);
  if (rulesOf(after).some((rule) => !known.includes(rule))) return [];
  return renderersOf(target).filter((name) => isDeepStrictEqual(render(name, before), render(name, after)));
}

describe("a setting on a target", () => {
  const ignored = TARGET_NAMES.flatMap((target) =>
    samples.flatMap(({ key, settings }) =>
      ignoring(target, settings).map((renderer) => ({ setting: `${target}.${key}`, renderer })),
    ),
  );

  it("is rendered, refused or warned about, or listed with a reason", () => {
    const inScripts = (setting: string) => NOT_IN_SCRIPTS.includes(setting);
    const dropped = ignored.filter(({ setting, renderer }) => renderer !== "scripts" || !inScripts(setting));
    assert.deepEqual([...new Set(dropped.map(({ setting }) => setting))].sort(), Object.keys(WITHOUT_EFFECT).sort());
  });

  it("is missing in scripts only if it is listed", () => {
    const onlyThere = ignored.filter(({ setting, renderer }) => renderer === "scripts" && !(setting in WITHOUT_EFFECT));
    assert.deepEqual(onlyThere.map(({ setting }) => setting).sort(), [...NOT_IN_SCRIPTS].sort());
  });
});
