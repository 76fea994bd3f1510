import { isDeepStrictEqual } from "node:util";

/** What is deployed, in words that belong to no syntax, by what it is: `alarm flowers-dev-iris-errors`. */
export type Deployment = ReadonlyMap<string, unknown>;

export interface Difference {
  /** `alarm flowers-dev-iris-errors`, and the keys that lead to the value. */
  readonly path: string;
  readonly cloudformation: unknown;
  readonly terraform: unknown;
}

/** Every value in which two deployments differ. */
export function differencesOf(cloudformation: Deployment, terraform: Deployment): readonly Difference[] {
  const keys = [...new Set([...cloudformation.keys(), ...terraform.keys()])].sort();
  return keys.flatMap((key) => compare(key, cloudformation.get(key), terraform.get(key)));
}

function compare(path: string, left: unknown, right: unknown): readonly Difference[] {
  if (isDeepStrictEqual(left, right)) return [];
  if (!isObject(left) || !isObject(right)) return [{ path, cloudformation: left, terraform: right }];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys.flatMap((key) => compare(`${path}.${key}`, left[key], right[key]));
}

/** Sets, which have no order in one of the two. */
export function sorted<T>(all: readonly T[]): readonly T[] {
  return [...all].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Kinds of facts that `keep` names: `alarm`, `role`. */
export function only(deployment: Deployment, keep: readonly string[]): Deployment {
  return new Map([...deployment].filter(([key]) => keep.includes(key.split(" ")[0] ?? "")));
}

/** A difference that may be, and why. */
export interface Allowed {
  readonly path: RegExp;
  readonly why: string;
}

/** All of them. What belongs to neither deployment, such as a deployment bucket, is left out by the readers. */
export const ALLOWED: readonly Allowed[] = [
  {
    path: /^default tags/,
    why: "The Serverless Framework tags the stack when it deploys (STAGE), and CloudFormation everything in it; the template does not say so.",
  },
  {
    path: /^alias \S+\.provisioned$/,
    why: "The provider for AWS takes no provisioned concurrency of 0. A function whose least is 0 starts with 1, and Application Auto Scaling takes it away.",
  },
  {
    path: /^rest api\.endpoint$/,
    why: "Serverless makes edge-optimised REST APIs unless provider.endpointType is set; modules have made regional ones from the start, and a change would give deployed APIs another address.",
  },
];

/** The differences that the list does not allow, each as a line. */
export function describe(differences: readonly Difference[]): readonly string[] {
  return differences
    .filter(({ path }) => !ALLOWED.some((allowed) => allowed.path.test(path)))
    .map(
      ({ path, cloudformation, terraform }) =>
        `${path}: ${show(cloudformation)} in CloudFormation, ${show(terraform)} in Terraform`,
    );
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
