import { modelLocations } from "../../../facts/model-locations.ts";
import { AZURE_ROLES } from "../../../facts/permissions.ts";
import type { ResolvedAzureMl, ResolvedEndpoint, ResolvedInstance, ResolvedPlan } from "../../../resolved-plan.ts";
import { command, ifMissing, type Option, writeScript } from "../shell.ts";

/** Of every endpoint the only deployment: a new version takes its place. */
export const DEPLOYMENT = "main";

/** `az` commands that make what the files beside it say, or bring it to that. */
export function deployScript({ service, stage }: ResolvedPlan, azureMl: ResolvedAzureMl): string {
  return writeScript({
    purpose: `Deploys ${service}, stage ${stage}, to Azure ML, with "az extension add --name ml".`,
    tool: "az",
    install: "https://learn.microsoft.com/cli/azure/install-azure-cli",
    commands: [
      'cd "$(dirname "$0")"',
      "export AZURE_CORE_OUTPUT=none",
      ...azureMl.containers.flatMap((one) => deployOne(one, azureMl)),
    ],
  });
}

function deployOne(one: ResolvedInstance, { resourceGroup, workspace }: ResolvedAzureMl): string[] {
  const group: Option = ["--resource-group", resourceGroup];
  const place: readonly Option[] = [group, ["--workspace-name", workspace]];
  const name: Option = ["--name", one.name];
  const own: readonly Option[] = [...place, ["--endpoint-name", one.name], ["--name", DEPLOYMENT]];
  const file = (kind: string): Option => ["--file", `${one.predictor}-${kind}.yaml`];
  return [
    `# ${one.predictor}\n${ifMissing(
      oneLine("az ml online-endpoint show", ...place, name),
      command("az ml online-endpoint create", ...place, file("endpoint")),
    )}`,
    refuseOtherMode(one, [...place, name]),
    ...access(one, [...place, name]),
    [
      "verb=create",
      `if ${oneLine("az ml online-deployment show", ...own)} >/dev/null 2>&1; then verb=update; fi`,
      command('az ml online-deployment "$verb"', ...place, file("deployment")),
    ].join("\n"),
    command("az ml online-endpoint update", ...place, name, ["--traffic", `${DEPLOYMENT}=100`]),
    ...scaling(one, group, own),
    command("az ml online-endpoint show", ...place, name, ["--query", "scoring_uri"], ["--output", "tsv"]),
  ];
}

/** Which credentials an endpoint asks for: keys, or tokens of Microsoft Entra. */
export function authMode(endpoint: ResolvedEndpoint | undefined): "aad_token" | "key" {
  return endpoint?.auth === "iam" ? "aad_token" : "key";
}

/** `az ml online-endpoint update` changes tags and traffic, and leaves an endpoint that is there with its mode. */
function refuseOtherMode(one: ResolvedInstance, endpoint: readonly Option[]): string {
  const wanted = authMode(one.endpoint);
  const query: readonly Option[] = [
    ["--query", "auth_mode"],
    ["--output", "tsv"],
  ];
  return [
    `mode=$(${command("az ml online-endpoint show", ...endpoint, ...query)})`,
    `if [ "$mode" != ${wanted} ]; then`,
    `  echo "The endpoint ${one.name} has auth_mode $mode and the configuration asks for ${wanted}. Azure ML does not change it: delete the endpoint first, or change endpoint.auth." >&2`,
    "  exit 1",
    "fi",
  ].join("\n");
}

function oneLine(words: string, ...options: readonly Option[]): string {
  return command(words, ...options).replaceAll(" \\\n  ", " ");
}

/** The endpoint's own identity reads the containers of its models. */
function access(one: ResolvedInstance, endpoint: readonly Option[]): string[] {
  const containers = Object.values(modelLocations("azure", one.models)).map(({ container }) => container.split("/"));
  const identity: readonly Option[] = [
    ["--query", "identity.principal_id"],
    ["--output", "tsv"],
  ];
  return containers.map(([account = "", name = ""]) =>
    [
      `principal=$(${command("az ml online-endpoint show", ...endpoint, ...identity)})`,
      `scope=$(${command("az storage account show", ["--name", account], ["--query", "id"], ["--output", "tsv"])})`,
      command(
        "az role assignment create",
        ["--assignee-object-id", { raw: '"$principal"' }],
        ["--assignee-principal-type", "ServicePrincipal"],
        ["--role", AZURE_ROLES.modelReader],
        ["--scope", { raw: `"$scope"/blobServices/default/containers/${name}` }],
      ),
    ].join("\n"),
  );
}

/** Half of what is held as the mark to go down at, so that one instance less is not at once one too few. */
const DOWN_SHARE = 0.5;

/** learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints. */
function scaling({ name, instances }: ResolvedInstance, group: Option, deployment: readonly Option[]): string[] {
  const { min, max, targetUtilization } = instances;
  if (max === min) return [];
  const up = Math.round(targetUtilization * 100);
  const find = command("az ml online-deployment show", ...deployment, ["--query", "id"], ["--output", "tsv"]);
  const create = command(
    "az monitor autoscale create",
    group,
    ["--name", name],
    ["--resource", { raw: '"$deployment"' }],
    ["--min-count", `${min}`],
    ["--max-count", `${max}`],
    ["--count", `${min}`],
  );
  const rule = (condition: string, way: "out" | "in") =>
    command(
      "az monitor autoscale rule create",
      group,
      ["--autoscale-name", name],
      ["--condition", `CpuUtilizationPercentage ${condition} avg 5m`],
      ["--scale", { raw: `${way} 1` }],
    );
  const make = [
    `deployment=$(${find})`,
    create,
    rule(`> ${up}`, "out"),
    rule(`< ${Math.round(up * DOWN_SHARE)}`, "in"),
  ];
  return [ifMissing(oneLine("az monitor autoscale show", group, ["--name", name]), make.join("\n"))];
}
