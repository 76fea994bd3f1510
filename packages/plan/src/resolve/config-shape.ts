import type {
  Alarms,
  AwsTarget,
  AzureMlTarget,
  AzureTarget,
  Config,
  ContainerSettings,
  Cors,
  EcsSettings,
  EcsTarget,
  Endpoint,
  GcpTarget,
  InstanceSettings,
  Jwt,
  KubernetesSettings,
  KubernetesTarget,
  NginxTarget,
  Ping,
  PredictorConfig,
  Rollout,
  SageMakerTarget,
  Settings,
  SiteSettings,
  SizeSettings,
  StageConfig,
  TargetSettings,
  TargetsConfig,
  VertexTarget,
  WarmInstances,
  WarmWindow,
} from "../config.ts";
import { SERVER_PORT } from "../facts/server.ts";
import { parseEvery } from "./parse-every.ts";
import {
  type Check,
  either,
  exactlyOne,
  isObject,
  list,
  name,
  number,
  object,
  oneOf,
  portBeside,
  record,
  text,
  truth,
  whole,
} from "./shape.ts";

/** Every key of `T`, so that the compiler tells which one was forgotten here. */
type FieldsOf<T> = Readonly<Record<keyof T, Check>>;

const PREDICTOR_NAME = name(
  /^[a-z][a-z0-9-]{0,62}$/,
  "1 to 63 lower-case letters, digits and dashes, beginning with a letter, as the predictor has it",
);
const VARIABLE_NAME = name(/^[A-Za-z_][A-Za-z0-9_]*$/, "letters, digits and underscores, not beginning with a digit");
const STAGE_NAME = name(/^[a-z][a-z0-9]{0,15}$/, "1 to 16 lower-case letters and digits, beginning with a letter");
const CRON = text(/^\S+( \S+)*$/, "a cron expression in five fields", 'write "0 8 * * 1-5" for 8:00 on working days');

const WINDOW: FieldsOf<WarmWindow> = {
  name: text(/^[a-z][a-z0-9-]{0,30}$/, "1 to 31 lower-case letters, digits and dashes, beginning with a letter"),
  at: CRON,
  timeZone: text(),
  min: whole(0),
  max: whole(0),
};

const WARM: FieldsOf<WarmInstances> = {
  min: whole(0),
  max: whole(0),
  targetUtilization: number(0, 1),
  schedule: list(object(WINDOW, { required: ["name", "at", "min"] })),
};

const EVERY: Check = (value, path) => {
  const result = parseEvery(value);
  return typeof result === "number" ? [] : [{ path, message: `${path} ${result.problem}` }];
};

const PING: FieldsOf<Ping> = { every: EVERY, concurrency: whole(1) };

const JWT: FieldsOf<Jwt> = {
  issuer: text(/^https:\/\/\S+$/, "an https address", "write what stands under iss in the tokens"),
  audience: list(text(), 1),
};

const CORS: FieldsOf<Cors> = {
  origins: list(
    text(/^(\*|null|[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+)$/, 'an origin as browsers send it, or "*"', "no path, no slash"),
    1,
  ),
  headers: list(text(/^[\w-]+$/, "the name of a header")),
  credentials: truth,
  maxAgeSeconds: whole(0),
};

const ENDPOINT: FieldsOf<Endpoint> = {
  kind: oneOf("http", "rest", "function-url"),
  path: text(/^\/$|^(\/[a-z0-9._~-]+)+$/i, 'a path such as "/iris"', "it begins with a slash and ends without one"),
  auth: either(
    isObject,
    (value, path) => object(JWT, { required: ["issuer", "audience"] })(value, path, false),
    oneOf("none", "iam", "api-key"),
  ),
  cors: object(CORS, { required: ["origins"] }),
  maxBodyMb: number(0),
  loadBalancer: truth,
};

const SECRET = exactlyOne({
  ssm: text(),
  secretsManager: text(),
  keyVault: text(),
  secretManager: text(),
  kubernetes: text(/^[a-z0-9.-]+\/[\w.-]+$/, "a Secret and one of its keys", 'write "<secret>/<key>"'),
});

const ALARMS: FieldsOf<Alarms> = { errorPercent: number(0, 100), p99Ms: number(0), notify: list(text()) };

const ROLLOUT: FieldsOf<Rollout> = {
  kind: oneOf("all-at-once", "canary", "linear"),
  percent: number(0, 99),
  minutes: whole(1),
};

const SETTINGS: FieldsOf<Settings> = {
  memoryMb: whole(1, "write 1024 for 1 GB"),
  cpu: number(0),
  architecture: oneOf("x64", "arm64"),
  timeoutSeconds: whole(1),
  scratchMb: whole(1),
  concurrency: whole(1),
  maxInstances: whole(1),
  warmInstances: either(isObject, object(WARM), whole(0)),
  ping: orOff(object(PING)),
  endpoint: orOff(object(ENDPOINT)),
  model: either(isObject, record(name(/^[A-Za-z][\w-]*$/, "the name in models of the predictor"), text()), text()),
  packaging: oneOf("layers", "zip", "image"),
  image: text(/^\S+$/, "the reference of an image", "write registry/repository:tag"),
  environment: record(
    VARIABLE_NAME,
    either((value) => value === null, none, text(/^/, "a text or null", "write numbers in quotes")),
  ),
  secrets: record(VARIABLE_NAME, SECRET),
  tags: record(text(), text(/^/, "a text")),
  logRetentionDays: whole(1),
  alarms: orOff(object(ALARMS)),
  rollout: object(ROLLOUT, { required: ["kind"] }),
};

const AWS: FieldsOf<AwsTarget> = {
  ...SETTINGS,
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as "eu-central-1"'),
  alias: text(/^[\w$-]{1,128}$/, "1 to 128 letters, digits, dashes and underscores"),
  dashboard: truth,
  snapStart: truth,
};

const AZURE: FieldsOf<AzureTarget> = {
  ...SETTINGS,
  location: text(/^[a-z0-9]+$/, 'a location such as "westeurope"', "lower-case, without spaces"),
  resourceGroup: text(/^[\w().-]{0,89}[\w()-]$/, "1 to 90 letters, digits and _ ( ) . -, not ending in a dot"),
  plan: oneOf("flex-consumption", "consumption"),
};

const GCP: FieldsOf<GcpTarget> = {
  ...SETTINGS,
  project: text(/^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "the id of a project", "its id, not its title"),
  region: text(/^[a-z]+-[a-z]+\d+$/, 'a region such as "europe-west3"'),
  runAs: oneOf("function", "service"),
};

const CONTAINER: FieldsOf<ContainerSettings> = {
  timeoutSeconds: SETTINGS.timeoutSeconds,
  concurrency: SETTINGS.concurrency,
  maxInstances: SETTINGS.maxInstances,
  warmInstances: SETTINGS.warmInstances,
  endpoint: SETTINGS.endpoint,
  model: SETTINGS.model,
  image: SETTINGS.image,
  environment: SETTINGS.environment,
  secrets: SETTINGS.secrets,
  tags: SETTINGS.tags,
};

const SIZE: FieldsOf<SizeSettings> = {
  memoryMb: SETTINGS.memoryMb,
  cpu: SETTINGS.cpu,
  architecture: SETTINGS.architecture,
  scratchMb: SETTINGS.scratchMb,
};

const DOMAIN = text(
  /^([a-z0-9-]+\.)+[a-z0-9-]+$/,
  'a domain such as "models.example.com"',
  "lower-case, without a port",
);
const SERVERS = list(text(/^[\w.:[\]-]+:\d+$/, 'an address with a port such as "10.0.0.7:8080"'), 1);

const ON_KUBERNETES: FieldsOf<KubernetesSettings> = {
  ...CONTAINER,
  ...SIZE,
  grpcPort: portBeside(SERVER_PORT),
  queueLength: orOff(whole(1)),
};

const KUBERNETES: FieldsOf<KubernetesTarget> = {
  ...ON_KUBERNETES,
  namespace: text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "the name of a namespace"),
  serviceAccountAnnotations: record(text(), text()),
};

const ON_ECS: FieldsOf<EcsSettings> = {
  ...CONTAINER,
  ...SIZE,
  requestsPerMinute: whole(1),
  logRetentionDays: SETTINGS.logRetentionDays,
};

const ECS: FieldsOf<EcsTarget> = { ...ON_ECS, domain: DOMAIN };

const ON_INSTANCE: FieldsOf<InstanceSettings> = { ...CONTAINER, instanceType: text(/^\S+$/, "a type of machine") };

const SAGEMAKER: FieldsOf<SageMakerTarget> = {
  ...ON_INSTANCE,
  instanceType: text(/^ml\.\w+\.\w+$/, 'a type such as "ml.c6i.xlarge"', "SageMaker's types begin with ml."),
};

const VERTEX: FieldsOf<VertexTarget> = { ...ON_INSTANCE, project: GCP.project, region: GCP.region };

const AZURE_ML: FieldsOf<AzureMlTarget> = {
  ...ON_INSTANCE,
  resourceGroup: AZURE.resourceGroup,
  workspace: text(/^[\w-]{3,33}$/, "the name of a workspace"),
};

const ON_NGINX: FieldsOf<SiteSettings> = {
  servers: SERVERS,
  grpcServers: SERVERS,
  timeoutSeconds: SETTINGS.timeoutSeconds,
  maxBodyMb: ENDPOINT.maxBodyMb,
};

const NGINX: FieldsOf<NginxTarget> = {
  ...ON_NGINX,
  domain: DOMAIN,
  certificates: text(/^\/[\w./@+-]+$/, "the absolute path of a folder", 'write "/etc/ssl/models"'),
};

const TARGETS_SHAPE: FieldsOf<TargetsConfig> = {
  aws: object(AWS, { required: ["region"] }),
  azure: object(AZURE, { required: ["location"] }),
  gcp: object(GCP, { required: ["project", "region"] }),
  kubernetes: object(KUBERNETES),
  ecs: object(ECS, { required: ["domain"] }),
  sagemaker: object(SAGEMAKER, { required: ["instanceType"] }),
  vertex: object(VERTEX, { required: ["instanceType", "project", "region"] }),
  azureMl: object(AZURE_ML, { required: ["instanceType", "resourceGroup", "workspace"] }),
  nginx: object(NGINX, { required: ["domain"] }),
};

const ON: FieldsOf<TargetSettings> = {
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

const PREDICTOR: FieldsOf<PredictorConfig> = {
  ...SETTINGS,
  entry: text(/^[^\\]+$/, "a folder", "relative to the configuration, with forward slashes"),
  on: object(ON),
  targets: list(oneOf(...Object.keys(TARGETS_SHAPE)), 1),
};

const PREDICTORS = record(PREDICTOR_NAME, object(PREDICTOR));

const STAGE: FieldsOf<StageConfig> = {
  settings: object(SETTINGS),
  targets: object(TARGETS_SHAPE),
  predictors: PREDICTORS,
};

const STAGES = record(STAGE_NAME, object(STAGE));

const CONFIG: FieldsOf<Config> = {
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
export const CONFIG_SHAPE = object(CONFIG, { required: ["service", "predictors", "targets"] });

function orOff(check: Check): Check {
  return (value, path, isPart) => {
    if (value === false) return [];
    const problems = check(value, path, isPart);
    return isObject(value)
      ? problems
      : problems.map((problem) => ({ ...problem, message: `${problem.message}, or false for none` }));
  };
}

function none() {
  return [];
}
