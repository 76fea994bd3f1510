import { accountName } from "../../facts/names.ts";
import { needImage } from "../../facts/need-image.ts";
import { refuseSecrets } from "../../facts/secrets.ts";
import { SERVER_PORT } from "../../facts/server.ts";
import { containerEnvironment } from "../../facts/server-environment.ts";
import type { OutputFile } from "../../output-file.ts";
import type { ResolvedInstance, ResolvedPlan, ResolvedVertex } from "../../resolved-plan.ts";
import { makeAccount, modelAccess, pairs } from "./deploy-gcp.ts";
import { command, type Option, quote, writeScript } from "./shell.ts";

export function vertexFiles(plan: ResolvedPlan): OutputFile[] {
  const { service, stage, vertex } = plan;
  if (vertex === undefined) return [];
  const text = writeScript({
    purpose: `Deploys ${service}, stage ${stage}, to Vertex AI.`,
    tool: "gcloud",
    install: "https://cloud.google.com/sdk/docs/install",
    commands: [
      `export CLOUDSDK_CORE_PROJECT=${quote(vertex.project)} CLOUDSDK_CORE_DISABLE_PROMPTS=1`,
      "gcloud services enable aiplatform.googleapis.com",
      ...vertex.containers.flatMap((one) => deployOne(one, vertex)),
    ],
  });
  return [{ path: `vertex/${stage}/deploy.sh`, text, executable: true }];
}

/** Vertex AI tells the container its port and its routes; they hold the ids of endpoint and model. */
function deployOne(one: ResolvedInstance, vertex: ResolvedVertex): string[] {
  refuseSecrets(one);
  const email = `${accountName(one)}@${vertex.project}.iam.gserviceaccount.com`;
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

/** A version of the model that is there, or the first one. */
function upload(one: ResolvedInstance, { project, region }: ResolvedVertex): string {
  const found = `gcloud ai models describe ${one.name} --region ${region} >/dev/null 2>&1`;
  return [
    `model=--model-id=${one.name}`,
    `if ${found}; then`,
    `  model=--parent-model=projects/${project}/locations/${region}/models/${one.name}`,
    "fi",
    command(
      'gcloud ai models upload "$model"',
      ["--region", region],
      ["--display-name", one.name],
      ["--version-aliases", "default"],
      ["--container-image-uri", needImage(one)],
      ["--container-ports", `${SERVER_PORT}`],
      pairs("--container-env-vars", "", Object.entries(containerEnvironment(one))),
      labels(one),
    ),
  ].join("\n");
}

function labels({ tags }: ResolvedInstance): Option | undefined {
  const entries = Object.entries(tags);
  return entries.length === 0 ? undefined : ["--labels", entries.map(([name, value]) => `${name}=${value}`).join(",")];
}

/** Endpoints have numbers for names: theirs is found by what is shown of it. */
function findEndpoint(one: ResolvedInstance, { region }: ResolvedVertex): string {
  const list = command(
    "gcloud ai endpoints list",
    ["--region", region],
    ["--filter", `displayName=${one.name}`],
    ["--format", "value(name)"],
    ["--limit", "1"],
  );
  const create = command("gcloud ai endpoints create", ["--region", region], ["--display-name", one.name], labels(one));
  return [
    `endpoint=$(${list})`,
    'if [ -z "$endpoint" ]; then',
    `  ${create.replaceAll("\n", "\n  ")}`,
    `  endpoint=$(${list.replaceAll("\n", "\n  ")})`,
    "fi",
    `old=$(gcloud ai endpoints describe "$endpoint" --region ${region} --format 'value(deployedModels[].id)' | tr ';' ' ')`,
  ].join("\n");
}

function deploy(one: ResolvedInstance, { project, region }: ResolvedVertex, email: string): string {
  const { min, max, targetUtilization } = one.instances;
  const percent = Math.round(targetUtilization * 100);
  return command(
    'gcloud ai endpoints deploy-model "$endpoint"',
    ["--region", region],
    ["--model", `projects/${project}/locations/${region}/models/${one.name}@default`],
    ["--display-name", one.name],
    ["--machine-type", one.instanceType],
    ["--min-replica-count", `${min}`],
    ["--max-replica-count", `${max}`],
    max > min ? ["--autoscaling-metric-specs", `cpu-usage=${percent}`] : undefined,
    ["--service-account", email],
    // 0 is the model that is deployed now.
    ["--traffic-split", "0=100"],
  );
}

function undeployOld({ region }: ResolvedVertex): string {
  return [
    "for id in $old; do",
    `  gcloud ai endpoints undeploy-model "$endpoint" --region ${region} --deployed-model-id "$id"`,
    "done",
  ].join("\n");
}
