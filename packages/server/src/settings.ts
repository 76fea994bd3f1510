import { TricastError } from "@tricast/core";
import { refuseUnknown } from "@tricast/core/adapter";
import { type Hosting, hostingOf } from "./options/hosting.ts";
import { type Option, readOption, type Surroundings } from "./options/option.ts";
import { OPTIONS, type OptionValues, type ServerOptions } from "./options/options.ts";
import { resources } from "./options/resources.ts";
import { VERSION } from "./version.ts";

/** Options of the server with every default filled in, and the environment they were read from. Read once, at the start. */
export interface ServerSettings extends OptionValues {
  /** Name and version that protocols tell of the server itself. */
  readonly serverName: string;
  readonly serverVersion: string;
  readonly hosting: Hosting;
  /** The variables of the platform: `AIP_PREDICT_ROUTE`, `SAGEMAKER_MULTI_MODEL` ... */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const NAMES = Object.keys(OPTIONS) as (keyof OptionValues)[];

/**
 * @param bodyBytes Largest `limits.bodyBytes` of the predictors served.
 * @throws {TricastError} `invalid-option`, naming the option or variable, the value seen and the rule.
 */
export function readSettings(
  options: ServerOptions,
  bodyBytes: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ServerSettings {
  refuseUnknown(options, NAMES, "the server");
  const hosting = hostingOf(env);
  const around: Surroundings = { env, hosting, resources: resources(), bodyBytes };
  const values: Record<string, unknown> = {};
  for (const name of NAMES) values[name] = readOption(name, OPTIONS[name] as Option<unknown>, options[name], around);
  const read = values as unknown as OptionValues;
  checkJwt(read);
  return { ...read, serverName: "tricast", serverVersion: VERSION, hosting, env };
}

function checkJwt({ jwtIssuer, jwtAudience, jwksUrl }: OptionValues): void {
  const parts = { jwtIssuer, jwtAudience, jwksUrl };
  const missing = Object.entries(parts).filter(([, value]) => value === undefined);
  if (missing.length > 0 && missing.length < Object.keys(parts).length) {
    const names = missing.map(([name]) => name).join(" and ");
    throw new TricastError("invalid-option", `${names} is missing; tokens need issuer, audience and keys, all three`);
  }
  if (jwksUrl !== undefined && !URL.canParse(jwksUrl)) {
    throw new TricastError("invalid-option", `jwksUrl is ${JSON.stringify(jwksUrl)}; it must be a URL`);
  }
}
