import type * as Types from "../config.ts";
import { SERVER_PORT } from "../facts/server.ts";
import { ENDPOINT, type FieldsOf, orOff, SETTINGS } from "./settings-shape.ts";
import { list, name, object, oneOf, portBeside, record, text, truth, whole } from "./shape.ts";

const PREDICTOR_NAME = name(
  /^[a-z][a-z0-9-]{0,62}$/,
  "1 to 63 lower-case letters, digits and dashes, beginning with a letter, as in the predictor",
);
const STAGE_NAME = name(/^[a-z][a-z0-9]{0,15}$/, "1 to 16 lower-case letters and digits, beginning with a letter");

const AWS: FieldsOf<Types.AwsTarget> = {
  ...SETTINGS,
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as "eu-central-1"'),
  alias: text(/^[\w$-]{1,128}$/, "1 to 128 letters, digits, dashes and underscores"),
  dashboard: truth,
  snapStart: truth,
};

const AZURE: FieldsOf<Types.AzureTarget> = {
  ...SETTINGS,
  location: text(/^[a-z0-9]+$/, 'a location such as "westeurope"', "lower-case, without spaces"),
  resourceGroup: text(/^[\w().-]{0,89}[\w()-]$/, "1 to 90 letters, digits and _ ( ) . -, not ending in a dot"),
  plan: oneOf("flex-consumption", "consumption"),
};

const GCP: FieldsOf<Types.GcpTarget> = {
  ...SETTINGS,
  project: text(/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "the id of a project", "its id, not its title"),
  region: text(/^[a-z]+-[a-z]+\d+$/, 'a region such as "europe-west3"'),
  runAs: oneOf("function", "service"),
};

const { memoryMb, cpu, architecture, scratchMb, ping: _ping, packaging: _packaging, ...OTHERS } = SETTINGS;
const { logRetentionDays, alarms: _alarms, rollout: _rollout, ...IN_CONTAINER } = OTHERS;
const CONTAINER: FieldsOf<Types.ContainerSettings> = IN_CONTAINER;
const SIZE: FieldsOf<Types.SizeSettings> = { memoryMb, cpu, architecture, scratchMb };

const DOMAIN = text(
  /^([a-z0-9-]+\.)+[a-z0-9-]+$/,
  'a domain such as "models.example.com"',
  "lower-case, without a port",
);
const SERVERS = list(text(/^[\w.:[\]-]+:\d+$/, 'an address with a port such as "10.0.0.7:8080"'), 1);

const ON_KUBERNETES: FieldsOf<Types.KubernetesSettings> = {
  ...CONTAINER,
  ...SIZE,
  grpcPort: portBeside(SERVER_PORT),
  queueLength: orOff(whole(1)),
};

const KUBERNETES: FieldsOf<Types.KubernetesTarget> = {
  ...ON_KUBERNETES,
  namespace: text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "the name of a namespace"),
  serviceAccountAnnotations: record(text(), text()),
};

const ON_ECS: FieldsOf<Types.EcsSettings> = {
  ...CONTAINER,
  ...SIZE,
  requestsPerMinute: whole(1),
  logRetentionDays,
};

const ECS: FieldsOf<Types.EcsTarget> = { ...ON_ECS, domain: DOMAIN };

const ON_INSTANCE: FieldsOf<Types.InstanceSettings> = {
  ...CONTAINER,
  instanceType: text(/^\S+$/, "a type of machine"),
};

const SAGEMAKER: FieldsOf<Types.SageMakerTarget> = {
  ...ON_INSTANCE,
  instanceType: text(/^ml\.\w+\.\w+$/, 'a type such as "ml.c6i.xlarge"', "types of SageMaker begin with ml."),
};

const VERTEX: FieldsOf<Types.VertexTarget> = { ...ON_INSTANCE, project: GCP.project, region: GCP.region };

const AZURE_ML: FieldsOf<Types.AzureMlTarget> = {
  ...ON_INSTANCE,
  resourceGroup: AZURE.resourceGroup,
  workspace: text(/^[\w-]{3,33}$/, "the name of a workspace"),
};

const ON_NGINX: FieldsOf<Types.SiteSettings> = {
  servers: SERVERS,
  grpcServers: SERVERS,
  timeoutSeconds: SETTINGS.timeoutSeconds,
  maxBodyMb: ENDPOINT.maxBodyMb,
};

const NGINX: FieldsOf<Types.NginxTarget> = {
  ...ON_NGINX,
  domain: DOMAIN,
  certificates: text(/^\/[\w./@+-]+$/, "the absolute path of a folder", 'write "/etc/ssl/models"'),
};

const TARGETS_SHAPE: FieldsOf<Types.TargetsConfig> = {
  aws: object(AWS, ["region"]),
  azure: object(AZURE, ["location"]),
  gcp: object(GCP, ["project", "region"]),
  kubernetes: object(KUBERNETES),
  ecs: object(ECS, ["domain"]),
  sagemaker: object(SAGEMAKER, ["instanceType"]),
  vertex: object(VERTEX, ["instanceType", "project", "region"]),
  azureMl: object(AZURE_ML, ["instanceType", "resourceGroup", "workspace"]),
  nginx: object(NGINX, ["domain"]),
};

const ON: FieldsOf<Types.TargetSettings> = {
  aws: object(SETTINGS),
  azure: object(SETTINGS),
  gcp: object(SETTINGS),
  kubernetes: object(ON_KUBERNETES),
  ecs: object(ON_ECS),
  sagemaker: object({ ...ON_INSTANCE, instanceType: SAGEMAKER.instanceType }),
  vertex: object(ON_INSTANCE),
  azureMl: object(ON_INSTANCE),
  nginx: object(ON_NGINX),
};

const PREDICTOR: FieldsOf<Types.PredictorConfig> = {
  ...SETTINGS,
  entry: text(/^[^\\]+$/, "a folder", "relative to the configuration, with forward slashes"),
  on: object(ON),
  targets: list(oneOf(...Object.keys(TARGETS_SHAPE)), 1),
};

const PREDICTORS = record(PREDICTOR_NAME, object(PREDICTOR));

const STAGE: FieldsOf<Types.StageConfig> = {
  settings: object(SETTINGS),
  targets: object(TARGETS_SHAPE),
  predictors: PREDICTORS,
};

const STAGES = record(STAGE_NAME, object(STAGE));

const CONFIG: FieldsOf<Types.Config> = {
  service: text(
    /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
    "1 to 32 lower-case letters, digits and dashes, beginning with a letter and not ending in a dash",
  ),
  predictors: PREDICTORS,
  targets: object(TARGETS_SHAPE),
  settings: object(SETTINGS),
  stages: (value, path) => STAGES(value, path, true),
};

/** The whole document. */
export const CONFIG_SHAPE = object(CONFIG, ["service", "predictors", "targets"]);
