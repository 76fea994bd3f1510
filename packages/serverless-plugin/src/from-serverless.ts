import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";
import type { Config, Settings } from "@tricast/plan";
import { findProblems } from "@tricast/plan/tools";
import { endpointOf } from "./events.ts";
import { type FunctionObject, isRecord } from "./serverless-api.ts";

/** What a `serverless.yml` says, with its variables resolved. */
export interface ServiceDescription {
  readonly service: string;
  readonly stage: string;
  readonly region: string;
  readonly provider: Readonly<Record<string, unknown>>;
  readonly functions: Readonly<Record<string, FunctionObject>>;
  /** The top-level key `tricast`. */
  readonly tricast: unknown;
}

/** Keys of Serverless that say what a setting says. */
const SAME_MEANING: Readonly<Record<string, keyof Settings>> = {
  memorySize: "memoryMb",
  timeout: "timeoutSeconds",
  architecture: "architecture",
  ephemeralStorageSize: "scratchMb",
  reservedConcurrency: "maxInstances",
  provisionedConcurrency: "warmInstances",
  logRetentionInDays: "logRetentionDays",
};

/** The file that every predictor's folder has for Lambda. */
const HANDLER = /^(.+)\/aws-lambda\.handler$/;

/**
 * Names of the functions that are predictors: the handler is `handler` in `aws-lambda` of a predictor's folder, or an
 * image with a key `tricast`. `tricast: false` leaves one alone.
 */
export function predictorNames(functions: Readonly<Record<string, FunctionObject>>): readonly string[] {
  return Object.entries(functions)
    .filter(([, fn]) => fn.tricast !== false && (HANDLER.test(fn.handler ?? "") || (fn.image && fn.tricast)))
    .map(([name]) => name);
}

/**
 * The configuration that a `serverless.yml` describes.
 *
 * @throws {TricastError} `invalid-option` with every problem at once: unknown keys with the nearest name, values out of
 * range, a setting that is said twice.
 */
export function fromServerless(description: ServiceDescription): Config {
  const { service, stage, region, provider, functions } = description;
  const own = describeOwn(description.tricast);
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
    ...saidTwice(functions),
    ...("region" in own ? ["tricast has no key region; write it under provider:"] : []),
    ...findProblems(config).map(({ message }) => inWordsOfServerless(message)),
  ];
  if (problems.length === 0) return config as Config;
  const list = problems.map((problem) => (problems.length === 1 ? problem : `  - ${problem}`)).join("\n");
  throw new TricastError("invalid-option", problems.length === 1 ? list : `serverless.yml:\n${list}`);
}

function describeOwn(tricast: unknown): Readonly<Record<string, unknown>> {
  return isRecord(tricast) ? said(tricast) : {};
}

function describe(fn: FunctionObject) {
  const entry = HANDLER.exec(fn.handler ?? "")?.[1];
  return {
    ...(entry === undefined ? { packaging: "image" } : { entry }),
    ...native(fn),
    endpoint: endpointOf(fn) ?? false,
    ...(isRecord(fn.tricast) ? { on: { aws: said(fn.tricast) } } : {}),
  };
}

/** Null says nothing, so that a variable may have it where a stage has no value. */
function said(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null && value !== undefined));
}

/** What Serverless's own keys say, on the provider or on a function. */
function native(from: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const renamed = Object.entries(SAME_MEANING)
    .filter(([key]) => from[key] !== undefined && from[key] !== null)
    .map(([key, setting]) => [setting, from[key] === "x86_64" ? "x64" : from[key]]);
  return { ...Object.fromEntries(renamed), ...texts("environment", from), ...texts("tags", from) };
}

/** Values that CloudFormation fills in stay with Serverless. */
function texts(key: string, from: Readonly<Record<string, unknown>>): Readonly<Record<string, object>> {
  const value = from[key];
  if (!isRecord(value)) return {};
  return { [key]: Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === "string")) };
}

function notPredictors(functions: Readonly<Record<string, FunctionObject>>): readonly string[] {
  const predictors = predictorNames(functions);
  return Object.entries(functions)
    .filter(([name, { tricast }]) => isRecord(tricast) && !predictors.includes(name))
    .map(
      ([name, { handler }]) =>
        `functions.${name}.handler is ${show(handler)}; a function with tricast: must have the handler of a predictor's folder. Write handlers/${name}/aws-lambda.handler, or take tricast: away`,
    );
}

function saidTwice(functions: Readonly<Record<string, FunctionObject>>): readonly string[] {
  return Object.entries(functions).flatMap(([name, fn]) => {
    const tricast = isRecord(fn.tricast) ? said(fn.tricast) : {};
    const keys = Object.entries(SAME_MEANING).filter(([key, setting]) => fn[key] !== undefined && setting in tricast);
    const twice = keys.map(([key, setting]) => [key, setting]);
    const { endpoint } = tricast;
    if (endpointOf(fn) !== undefined && isRecord(endpoint) && ("kind" in endpoint || "path" in endpoint))
      twice.push([fn.url === undefined ? "events" : "url", "endpoint"]);
    return twice.map(
      ([key, setting]) => `functions.${name} says the same with ${key} and with tricast.${setting}; keep one of them`,
    );
  });
}

/** Problems name the place in a configuration; here that place has another name. */
function inWordsOfServerless(message: string): string {
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
