import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";
import type { Config, Settings } from "@tricast/plan";
import { findProblems } from "@tricast/plan/tools";
import { endpointOf } from "./events.ts";
import { type FunctionObject, isRecord } from "./serverless-api.ts";

type Keys = Readonly<Record<string, unknown>>;
type Functions = Readonly<Record<string, FunctionObject>>;

/** The content of a `serverless.yml`, with its variables resolved. */
export interface ServiceDescription {
  readonly service: string;
  readonly stage: string;
  readonly region: string;
  readonly provider: Keys;
  readonly functions: Functions;
  /** The top-level key `tricast`. */
  readonly tricast: unknown;
}

/** Keys of Serverless and the settings with the same meaning. */
const SAME_MEANING: Readonly<Record<string, keyof Settings>> = {
  memorySize: "memoryMb",
  timeout: "timeoutSeconds",
  architecture: "architecture",
  ephemeralStorageSize: "scratchMb",
  reservedConcurrency: "maxInstances",
  provisionedConcurrency: "warmInstances",
  logRetentionInDays: "logRetentionDays",
};

/** The handler in every predictor's folder for Lambda. */
const HANDLER = /^(.+)\/aws-lambda\.handler$/;

/**
 * Names of the functions that are predictors: their handler is `handler` in `aws-lambda` of a predictor's folder, or they
 * have an image and a key `tricast`. `tricast: false` excludes a function.
 */
export function predictorNames(functions: Functions): readonly string[] {
  return Object.entries(functions)
    .filter(([, fn]) => fn.tricast !== false && (HANDLER.test(fn.handler ?? "") || (fn.image && fn.tricast)))
    .map(([name]) => name);
}

/**
 * The configuration that a `serverless.yml` describes.
 *
 * @throws {TricastError} `invalid-option` with every problem at once: unknown keys with the nearest name, values out of
 * range, settings that appear twice.
 */
export function fromServerless(description: ServiceDescription): Config {
  const { service, stage, region, provider, functions } = description;
  const own = given(description.tricast);
  const predictors = predictorNames(functions).map((name) => [name, describe(functions[name] as FunctionObject)]);
  const config = {
    service,
    predictors: Object.fromEntries(predictors),
    targets: { aws: { region, ...own } },
    settings: native(provider),
    stages: { [stage]: {} },
  };
  const problems = [
    ...notPredictors(functions),
    ...Object.entries(functions).flatMap(([name, fn]) => duplicates(name, fn)),
    ...("region" in own ? ["tricast has no key region; write it under provider:"] : []),
    ...findProblems(config).map(({ message }) => withServerlessKeys(message)),
  ];
  const [first, ...others] = problems;
  if (first === undefined) return config as Config;
  const list = () => ["serverless.yml:", ...problems.map((problem) => `  - ${problem}`)].join("\n");
  throw new TricastError("invalid-option", others.length === 0 ? first : list());
}

function describe(fn: FunctionObject) {
  const entry = HANDLER.exec(fn.handler ?? "")?.[1];
  const image = isRecord(fn.image) ? (fn.image.uri ?? fn.image.name) : fn.image;
  return {
    ...(entry === undefined ? { packaging: "image", image } : { entry }),
    ...native(fn),
    endpoint: endpointOf(fn) ?? false,
    ...(isRecord(fn.tricast) ? { on: { aws: given(fn.tricast) } } : {}),
  };
}

/** The keys that have a value. Null is not a value, so that a variable may be null in some stages. */
function given(settings: unknown): Keys {
  const entries = Object.entries(isRecord(settings) ? settings : {});
  return Object.fromEntries(entries.filter(([, value]) => value !== null && value !== undefined));
}

/** The settings from Serverless's own keys, of the provider or of a function. */
function native(from: Keys): Keys {
  const keys = given(from);
  const renamed = Object.entries(SAME_MEANING)
    .filter(([key]) => key in keys)
    .map(([key, setting]) => [setting, keys[key] === "x86_64" ? "x64" : keys[key]]);
  return { ...Object.fromEntries(renamed), ...texts("environment", from), ...texts("tags", from) };
}

/** Only texts: CloudFormation resolves other values, which stay in serverless.yml. */
function texts(key: string, from: Keys): Readonly<Record<string, object>> {
  const value = from[key];
  if (!isRecord(value)) return {};
  return { [key]: Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === "string")) };
}

function notPredictors(functions: Functions): readonly string[] {
  const predictors = predictorNames(functions);
  return Object.entries(functions)
    .filter(([name, { tricast }]) => isRecord(tricast) && !predictors.includes(name))
    .map(
      ([name, { handler }]) =>
        `functions.${name}.handler is ${show(handler)}; a function with tricast: must have the handler of a predictor's folder. Write handlers/${name}/aws-lambda.handler, or remove tricast:`,
    );
}

function duplicates(name: string, fn: FunctionObject): readonly string[] {
  const keys = given(fn);
  const tricast = given(fn.tricast);
  const { endpoint } = tricast;
  const twice = Object.entries(SAME_MEANING).filter(([key, setting]) => key in keys && setting in tricast);
  const hasRoute = isRecord(endpoint) && ("kind" in endpoint || "path" in endpoint);
  if (hasRoute && endpointOf(fn) !== undefined) twice.push([fn.url === undefined ? "events" : "url", "endpoint"]);
  return twice.map(([key, setting]) => `functions.${name} has both ${key} and tricast.${setting}; remove one of them`);
}

/** Replaces the names of the configuration in a message by the keys of serverless.yml. */
function withServerlessKeys(message: string): string {
  const renamed = message
    .replace(/^predictors\.([\w-]+)\.on\.aws\b/, "functions.$1.tricast")
    .replace(/^predictors\.([\w-]+)\b/, "functions.$1")
    .replace(/^targets\.aws\b/, "tricast")
    .replace(/^settings\b/, "provider");
  return Object.entries(SAME_MEANING).reduce(
    (text, [key, setting]) =>
      text.replace(new RegExp(`^((?:provider|functions\\.[\\w-]+)\\.)${setting}\\b`), `$1${key}`),
    renamed,
  );
}
