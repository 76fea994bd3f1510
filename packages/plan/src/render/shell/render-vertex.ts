import { managedContainer } from "../../facts/container.ts";
import { accountName } from "../../facts/names.ts";
import { SERVER_PORT } from "../../facts/server.ts";
import type { OutputFile } from "../../output-file.ts";
import type { ResolvedInstance, ResolvedPlan, ResolvedVertex } from "../../resolved-plan.ts";
import { accountEmail, gcloudScript, labels, makeAccount, modelAccess, pairs } from "./gcloud.ts";
import { assign, command, ifFound, indent } from "./shell.ts";

export function vertexFiles({ service, stage, vertex }: ResolvedPlan): OutputFile[] {
  if (vertex === undefined) return [];
  const text = gcloudScript(
    `Deploys ${service}, stage ${stage}, to Vertex AI.`,
    vertex.project,
    ["aiplatform"],
    vertex.containers.flatMap((one) => deployOne(one, vertex)),
  );
  return [{ path: `vertex/${stage}/deploy.sh`, text, executable: true }];
}

/** Vertex AI sets the port and the routes of the container. The routes contain the ids of endpoint and model. */
function deployOne(one: ResolvedInstance, vertex: ResolvedVertex): string[] {
  const email = accountEmail(accountName(one), vertex.project);
  return [
    `# ${one.predictor}\n${makeAccount(email, one.name)}`,
    ...modelAccess(one, email),
    upload(one, vertex),
    findEndpoint(one, vertex),
    deploy(one, vertex, email),
    undeployOld(vertex),
    'echo "$endpoint"',
  ];
}

function modelPath({ name }: ResolvedInstance, { project, region }: ResolvedVertex): string {
  return `projects/${project}/locations/${region}/models/${name}`;
}

/** Uploads a new version of an existing model, or the first version. */
function upload(one: ResolvedInstance, vertex: ResolvedVertex): string {
  const { region } = vertex;
  const { image, environment } = managedContainer(one);
  return [
    `model=--model-id=${one.name}`,
    ifFound(
      `gcloud ai models describe ${one.name} --region ${region}`,
      `model=--parent-model=${modelPath(one, vertex)}`,
    ),
    command('gcloud ai models upload "$model"', {
      "--region": region,
      "--display-name": one.name,
      "--version-aliases": "default",
      "--container-image-uri": image,
      "--container-ports": `${SERVER_PORT}`,
      ...pairs("--container-env-vars", "", environment),
      ...labels("--labels", one.tags),
    }),
  ].join("\n");
}

/** Names of endpoints are numbers, so the script finds an endpoint by its display name. */
function findEndpoint(one: ResolvedInstance, { region }: ResolvedVertex): string {
  const list = command("gcloud ai endpoints list", {
    "--region": region,
    "--filter": `displayName=${one.name}`,
    "--format": "value(name)",
    "--limit": "1",
  });
  const create = command("gcloud ai endpoints create", {
    "--region": region,
    "--display-name": one.name,
    ...labels("--labels", one.tags),
  });
  return [
    assign("endpoint", list),
    'if [ -z "$endpoint" ]; then',
    indent(create),
    indent(assign("endpoint", list)),
    "fi",
    `old=$(gcloud ai endpoints describe "$endpoint" --region ${region} --format 'value(deployedModels[].id)' | tr ';' ' ')`,
  ].join("\n");
}

function deploy(one: ResolvedInstance, vertex: ResolvedVertex, email: string): string {
  const { min, max, targetUtilization } = one.instances;
  const percent = Math.round(targetUtilization * 100);
  return command('gcloud ai endpoints deploy-model "$endpoint"', {
    "--region": vertex.region,
    "--model": `${modelPath(one, vertex)}@default`,
    "--display-name": one.name,
    "--machine-type": one.instanceType,
    "--min-replica-count": `${min}`,
    "--max-replica-count": `${max}`,
    "--autoscaling-metric-specs": max > min ? `cpu-usage=${percent}` : undefined,
    "--service-account": email,
    // 0 is the model of this deployment.
    "--traffic-split": "0=100",
  });
}

function undeployOld({ region }: ResolvedVertex): string {
  return [
    "for id in $old; do",
    `  gcloud ai endpoints undeploy-model "$endpoint" --region ${region} --deployed-model-id "$id"`,
    "done",
  ].join("\n");
}
