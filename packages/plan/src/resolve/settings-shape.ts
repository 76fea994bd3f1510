import type { Alarms, Cors, Endpoint, Jwt, Ping, Rollout, Settings, WarmInstances, WarmWindow } from "../config.ts";
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
  record,
  text,
  truth,
  whole,
} from "./shape.ts";

/** Every key of `T`, so that the compiler reports a missing one. */
export type FieldsOf<T> = Readonly<Record<keyof T, Check>>;

const VARIABLE_NAME = name(/^[A-Za-z_][A-Za-z0-9_]*$/, "letters, digits and underscores, not beginning with a digit");
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
  schedule: list(object(WINDOW, ["name", "at", "min"])),
};

const EVERY: Check = (value, path) => {
  const result = parseEvery(value);
  return typeof result === "number" ? [] : [{ path, message: `${path} ${result.problem}` }];
};

const PING: FieldsOf<Ping> = { every: EVERY, concurrency: whole(1) };

const JWT: FieldsOf<Jwt> = {
  issuer: text(/^https:\/\/\S+$/, "an https address", "write the iss of the tokens"),
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

export const ENDPOINT: FieldsOf<Endpoint> = {
  kind: oneOf("http", "rest", "function-url"),
  path: text(/^\/$|^(\/[a-z0-9._~-]+)+$/i, 'a path such as "/iris"', "it begins with a slash and ends without one"),
  auth: either(
    isObject,
    (value, path) => object(JWT, ["issuer", "audience"])(value, path, false),
    oneOf("none", "iam", "api-key"),
  ),
  cors: object(CORS, ["origins"]),
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

export const SETTINGS: FieldsOf<Settings> = {
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
  rollout: object(ROLLOUT, ["kind"]),
};

export function orOff(check: Check): Check {
  return (value, path, isPart) => {
    if (value === false) return [];
    const problems = check(value, path, isPart);
    return isObject(value)
      ? problems
      : problems.map((problem) => ({ ...problem, message: `${problem.message}; write false to turn it off` }));
  };
}

function none() {
  return [];
}
