import type { ResolvedAzureMl, ResolvedEndpoint, ResolvedInstance, ResolvedPlan } from "../../../resolved-plan.ts";
import { grantContainer, modelContainers, query } from "../az.ts";
import { assign, command, ifMissing, type Options, oneLine, writeScript } from "../shell.ts";

/** The only deployment of every endpoint. A new version replaces it. */
export const DEPLOYMENT = "main";

/** `az` commands that create or update the resources that the files in the same folder describe. */
export function deployScript({ service, stage }: ResolvedPlan, azureMl: ResolvedAzureMl): string {
  const purpose = `Deploys ${service}, stage ${stage}, to Azure ML, with "az extension add --name ml".`;
  return writeScript("az", purpose, [
    'cd "$(dirname "$0")"',
    "export AZURE_CORE_OUTPUT=none",
    ...azureMl.containers.flatMap((one) => deployOne(one, azureMl)),
  ]);
}

function deployOne(one: ResolvedInstance, { resourceGroup, workspace }: ResolvedAzureMl): string[] {
  const group: Options = { "--resource-group": resourceGroup };
  const inWorkspace: Options = { ...group, "--workspace-name": workspace };
  const endpoint: Options = { ...inWorkspace, "--name": one.name };
  const deployment: Options = { ...inWorkspace, "--endpoint-name": one.name, "--name": DEPLOYMENT };
  const file = (kind: string): Options => ({ ...inWorkspace, "--file": `${one.predictor}-${kind}.yaml` });
  const makeEndpoint = ifMissing(
    oneLine("az ml online-endpoint show", endpoint),
    command("az ml online-endpoint create", file("endpoint")),
  );
  return [
    `# ${one.predictor}\n${makeEndpoint}`,
    refuseOtherMode(one, endpoint),
    ...access(one, endpoint),
    [
      "verb=create",
      `if ${oneLine("az ml online-deployment show", deployment)} >/dev/null 2>&1; then verb=update; fi`,
      command('az ml online-deployment "$verb"', file("deployment")),
    ].join("\n"),
    command("az ml online-endpoint update", { ...endpoint, "--traffic": `${DEPLOYMENT}=100` }),
    ...scaling(one, group, deployment),
    command("az ml online-endpoint show", { ...endpoint, ...query("scoring_uri") }),
  ];
}

/** The credentials that an endpoint asks for: keys, or tokens of Microsoft Entra. */
export function authMode(endpoint: ResolvedEndpoint | undefined): "aad_token" | "key" {
  return endpoint?.auth === "iam" ? "aad_token" : "key";
}

/** `az ml online-endpoint update` changes tags and traffic, but not the mode of an existing endpoint. */
function refuseOtherMode(one: ResolvedInstance, endpoint: Options): string {
  const wanted = authMode(one.endpoint);
  return [
    assign("mode", command("az ml online-endpoint show", { ...endpoint, ...query("auth_mode") })),
    `if [ "$mode" != ${wanted} ]; then`,
    `  echo "The endpoint ${one.name} has auth_mode $mode and the configuration asks for ${wanted}. Azure ML does not change it: delete the endpoint first, or change endpoint.auth." >&2`,
    "  exit 1",
    "fi",
  ].join("\n");
}

/** Allows the endpoint's own identity to read the containers of its models. */
function access(one: ResolvedInstance, endpoint: Options): string[] {
  const identity = command("az ml online-endpoint show", { ...endpoint, ...query("identity.principal_id") });
  return modelContainers(one.models).map(({ account, container }) => {
    const findAccount = command("az storage account show", { "--name": account, ...query("id") });
    return `${assign("principal", identity)}\n${grantContainer(container, findAccount)}`;
  });
}

/** Scale in at half of the target, so that removing one instance does not scale out again at once. */
const DOWN_SHARE = 0.5;

/** learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints. */
function scaling({ name, instances }: ResolvedInstance, group: Options, deployment: Options): string[] {
  const { min, max, targetUtilization } = instances;
  if (max === min) return [];
  const up = Math.round(targetUtilization * 100);
  const rule = (condition: string, direction: "out" | "in") =>
    command("az monitor autoscale rule create", {
      ...group,
      "--autoscale-name": name,
      "--condition": `CpuUtilizationPercentage ${condition} avg 5m`,
      "--scale": { raw: `${direction} 1` },
    });
  const script = ifMissing(
    oneLine("az monitor autoscale show", { ...group, "--name": name }),
    assign("deployment", command("az ml online-deployment show", { ...deployment, ...query("id") })),
    command("az monitor autoscale create", {
      ...group,
      "--name": name,
      "--resource": { raw: '"$deployment"' },
      "--min-count": `${min}`,
      "--max-count": `${max}`,
      "--count": `${min}`,
    }),
    rule(`> ${up}`, "out"),
    rule(`< ${Math.round(up * DOWN_SHARE)}`, "in"),
  );
  return [script];
}
