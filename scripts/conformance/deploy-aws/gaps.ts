import type { Call } from "./call.ts";

/** Calls of Terraform's provider that the emulator lacks, and the responses in its place. */
export interface Gap {
  /** The response of moto. If it differs, moto supports the call now: remove the gap. */
  readonly refusal: number;
  answer(call: Call): Answer;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The response of moto for an action that a service does not implement. */
const NOT_IMPLEMENTED = 500;
/** The response of moto for an unknown path. */
const NO_SUCH_PATH = 404;

const CODE_DEPLOY = "CodeDeploy_20141006";
const SCALING = "AnyScaleFrontendService";

/** By action of {@link Call}. Written values are kept for later reads. */
export function makeGaps(): ReadonlyMap<string, Gap> {
  return new Map([...provisionedConcurrency(), ...deploymentConfigs(), ...removals(), ...scalingTags()]);
}

type Entries = readonly (readonly [action: string, gap: Gap])[];

/**
 * docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html; docs.getmoto.org does not list the
 * three calls.
 */
function provisionedConcurrency(): Entries {
  const configs = new Map<string, object>();
  const path = "/2019-09-30/functions/*/provisioned-concurrency";
  const gap = (method: string, answer: (call: Call, key: string) => Answer) =>
    [
      `${method} ${path}`,
      { refusal: NO_SUCH_PATH, answer: (call: Call) => answer(call, `${call.url.pathname}${call.url.search}`) },
    ] as const;
  return [
    gap("PUT", ({ body }, key) => {
      const { ProvisionedConcurrentExecutions: count } = body as { readonly ProvisionedConcurrentExecutions: number };
      const config = {
        RequestedProvisionedConcurrentExecutions: count,
        AvailableProvisionedConcurrentExecutions: count,
        AllocatedProvisionedConcurrentExecutions: count,
        Status: "READY",
        LastModified: "2026-01-01T00:00:00+0000",
      };
      configs.set(key, config);
      return { status: 202, body: config };
    }),
    gap("GET", (_, key) => {
      const config = configs.get(key);
      return config === undefined
        ? { status: 404, body: { Code: "ProvisionedConcurrencyConfigNotFoundException", Message: key } }
        : { status: 200, body: config };
    }),
    gap("DELETE", (_, key) => {
      configs.delete(key);
      return { status: 204, body: undefined };
    }),
  ];
}

/** docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeploymentConfig.html */
function deploymentConfigs(): Entries {
  const configs = new Map<string, object>();
  const nameOf = ({ body }: Call) => (body as { readonly deploymentConfigName: string }).deploymentConfigName;
  const gap = (action: string, answer: (call: Call) => Answer) =>
    [`${CODE_DEPLOY}.${action}DeploymentConfig`, { refusal: NOT_IMPLEMENTED, answer }] as const;
  return [
    gap("Create", (call) => {
      const deploymentConfigId = `id-of-${nameOf(call)}`;
      configs.set(nameOf(call), { ...(call.body as object), deploymentConfigId });
      return { status: 200, body: { deploymentConfigId } };
    }),
    gap("Get", (call) => {
      const deploymentConfigInfo = configs.get(nameOf(call));
      return deploymentConfigInfo === undefined
        ? { status: 400, body: { __type: "DeploymentConfigDoesNotExistException", message: nameOf(call) } }
        : { status: 200, body: { deploymentConfigInfo } };
    }),
    gap("Delete", (call) => {
      configs.delete(nameOf(call));
      return { status: 200, body: {} };
    }),
  ];
}

function removals(): Entries {
  const answer = () => ({ status: 200, body: {} });
  return ["DeleteApplication", "DeleteDeploymentGroup"].map(
    (action) => [`${CODE_DEPLOY}.${action}`, { refusal: NOT_IMPLEMENTED, answer }] as const,
  );
}

/** moto does not keep tags of scalable targets. */
function scalingTags(): Entries {
  const answer = () => ({ status: 200, body: { Tags: {} } });
  return [[`${SCALING}.ListTagsForResource`, { refusal: NOT_IMPLEMENTED, answer }]];
}
