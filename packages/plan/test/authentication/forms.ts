import type { Config, Endpoint, PredictorConfig, TargetsConfig } from "@tricast/plan";

export const TENANT = "6babcaad-604b-40ac-a9d7-9fd97c0b779f";
const AUDIENCE = ["api://flowers"];

/** Who can call an endpoint, as what was rendered says: `tokens of ISSUER for AUDIENCE` for a JWT. */
export type Callers = "everybody" | "identity" | "key" | "nobody" | `tokens of ${string} for ${string}`;

/** The forms of `endpoint.auth`, and an endpoint that is absent or switched off. */
export const FORMS = {
  absent: undefined,
  off: false,
  none: { auth: "none" },
  iam: { auth: "iam" },
  "api-key": { auth: "api-key" },
  "jwt of an Entra tenant": {
    auth: { issuer: `https://login.microsoftonline.com/${TENANT}/v2.0`, audience: AUDIENCE },
  },
  "jwt of an Entra tenant, version 1": { auth: { issuer: `https://sts.windows.net/${TENANT}/`, audience: AUDIENCE } },
  "jwt of any Entra tenant": {
    auth: { issuer: "https://login.microsoftonline.com/common/v2.0", audience: AUDIENCE },
  },
  "jwt of another issuer": { auth: { issuer: "https://issuer.example.com", audience: AUDIENCE } },
} as const satisfies Readonly<Record<string, Endpoint | false | undefined>>;

export type Form = keyof typeof FORMS;

export const FORM_NAMES = Object.keys(FORMS) as readonly Form[];

/** Whether an endpoint is no more open than its form asks for. */
export function isNoMoreOpen(form: Form, callers: Callers): boolean {
  const endpoint: Endpoint | false | undefined = FORMS[form];
  if (endpoint === false) return callers !== "everybody";
  const { auth = "none" } = endpoint ?? {};
  if (auth === "none") return true;
  if (callers === "nobody") return true;
  if (typeof auth === "object") return callers === `tokens of ${auth.issuer} for ${auth.audience.join()}`;
  return callers === (auth === "iam" ? "identity" : "key");
}

/** A place where a predictor can run: a target, and what else decides how callers reach it. */
export interface Place {
  readonly name: string;
  readonly target: keyof TargetsConfig;
  readonly targets: Config["targets"];
  /** Only AWS has more than one. */
  readonly kind?: NonNullable<Endpoint["kind"]>;
}

const ECR = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/flowers/iris:1.0.0";
const AWS = { aws: { region: "eu-central-1" } };
const GCP = { project: "flowers-1", region: "europe-west3" };

/** By target, so that a new one without a place does not compile. */
const PLACES_OF: Readonly<Record<keyof TargetsConfig, readonly Omit<Place, "target">[]>> = {
  aws: [
    { name: "aws, HTTP API", targets: AWS, kind: "http" },
    { name: "aws, REST API", targets: AWS, kind: "rest" },
    { name: "aws, function URL", targets: AWS, kind: "function-url" },
  ],
  azure: [{ name: "azure", targets: { azure: { location: "westeurope" } } }],
  gcp: [
    { name: "gcp, function", targets: { gcp: GCP } },
    { name: "gcp, service", targets: { gcp: { ...GCP, runAs: "service", image: "europe-docker.pkg.dev/a/b/c:1" } } },
  ],
  kubernetes: [{ name: "kubernetes", targets: { kubernetes: { image: ECR } } }],
  ecs: [{ name: "ecs", targets: { ecs: { image: ECR, domain: "models.example.com" } } }],
  sagemaker: [{ name: "sagemaker", targets: { sagemaker: { image: ECR, instanceType: "ml.c6i.xlarge" } } }],
  vertex: [{ name: "vertex", targets: { vertex: { ...GCP, image: ECR, instanceType: "n2-standard-4" } } }],
  azureMl: [
    {
      name: "azureMl",
      targets: {
        azureMl: { image: ECR, instanceType: "Standard_F4s_v2", resourceGroup: "flowers", workspace: "models" },
      },
    },
  ],
  nginx: [{ name: "nginx", targets: { nginx: { domain: "models.example.com" } } }],
};

export const PLACES: readonly Place[] = Object.entries(PLACES_OF).flatMap(([target, places]) =>
  places.map((place) => ({ ...place, target: target as keyof TargetsConfig })),
);

/** What the container server needs besides to check keys or tokens itself. */
const SERVER = {
  kubernetes: { secrets: { TRICAST_API_KEYS: { kubernetes: "iris/keys" } } },
  ecs: { secrets: { TRICAST_API_KEYS: { ssm: "/iris/keys" } } },
} as const;
const JWKS = { TRICAST_JWKS_URL: "https://issuer.example.com/keys" };

/** A predictor's settings at one place, with one form of `endpoint.auth`. */
export function endpointOf({ kind }: Place, form: Form): PredictorConfig {
  const endpoint: Endpoint | false | undefined = FORMS[form];
  const whole = kind === undefined || endpoint === false ? endpoint : { kind, ...endpoint };
  return whole === undefined ? {} : { endpoint: whole };
}

/** One predictor at one place, with one form of `endpoint.auth`. */
export function configOf(place: Place, form: Form): Config {
  const { target, targets } = place;
  const endpoint: Endpoint | false | undefined = FORMS[form];
  const isServer = target === "kubernetes" || target === "ecs";
  const auth = endpoint === false ? undefined : endpoint?.auth;
  return {
    service: "flowers",
    predictors: { iris: endpointOf(place, form) },
    settings: isServer && typeof auth === "object" ? { environment: JWKS } : {},
    targets: isServer && auth === "api-key" ? { [target]: { ...targets[target], ...SERVER[target] } } : targets,
  };
}
