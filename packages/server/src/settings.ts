import { TricastError } from "@tricast/core";
import { refuseUnknown } from "@tricast/core/adapter";
import { type Hosting, hostingOf } from "./options/hosting.ts";
import { type Context, readOption } from "./options/option.ts";
import { OPTIONS, type OptionValues, type ServerOptions } from "./options/options.ts";
import { bodyMemory, resources, valueMemory } from "./options/resources.ts";
import { VERSION } from "./version.ts";

/** The value of every option, and the environment variables that they were read from at the start. */
export interface ServerSettings extends OptionValues {
  /** Name and version of the server itself, for the metadata of protocols. */
  readonly serverName: string;
  readonly serverVersion: string;
  readonly hosting: Hosting;
  /** Memory for the bodies of all requests, in bytes, and for the values made from them. */
  readonly bodyMemoryBytes: number;
  readonly valueMemoryBytes: number;
  /** The variables of the platform: `AIP_PREDICT_ROUTE`, `SAGEMAKER_MULTI_MODEL` ... */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const NAMES = Object.keys(OPTIONS) as (keyof OptionValues)[];

/**
 * @param bodyBytes Largest `limits.bodyBytes` of the predictors.
 * @throws {TricastError} `invalid-option`, naming the option or variable, the value seen and the rule.
 */
export function readSettings(
  options: ServerOptions,
  bodyBytes: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ServerSettings {
  refuseUnknown(options, NAMES, "the server");
  const hosting = hostingOf(env);
  const own = resources();
  const context: Context = { env, hosting, resources: own, bodyBytes };
  const entries = NAMES.map((name) => [name, readOption<unknown>(name, OPTIONS[name], options[name], context)]);
  const values: OptionValues = Object.fromEntries(entries);
  checkJwt(values);
  checkKeys(values);
  return {
    ...values,
    serverName: "tricast",
    serverVersion: VERSION,
    hosting,
    // One body of the largest size must fit.
    bodyMemoryBytes: Math.max(bodyMemory(own), values.maxBodyBytes),
    valueMemoryBytes: valueMemory(own),
    env,
  };
}

function checkKeys(values: OptionValues): void {
  const { apiKeys, apiKeysFile, jwksUrl, adminKeys, adminKeysFile, modelControl } = values;
  const { metrics, metricsKeys, metricsKeysFile } = values;
  const isGuarded = apiKeys.length > 0 || apiKeysFile !== undefined || jwksUrl !== undefined;
  const hasAdminKeys = adminKeys.length > 0 || adminKeysFile !== undefined;
  if (modelControl === "on" && isGuarded && !hasAdminKeys)
    throw new TricastError(
      "invalid-option",
      "modelControl is on, so callers could unload models; set adminKeys or adminKeysFile too",
    );
  if ((metricsKeys.length > 0 || metricsKeysFile !== undefined) && metrics !== "authenticated")
    throw new TricastError(
      "invalid-option",
      `metrics is ${JSON.stringify(metrics)}, so metricsKeys have no effect; set metrics to "authenticated"`,
    );
}

function checkJwt({ jwtIssuer, jwtAudience, jwksUrl }: OptionValues): void {
  const parts = { jwtIssuer, jwtAudience, jwksUrl };
  const missing = Object.entries(parts).filter(([, value]) => value === undefined);
  if (missing.length > 0 && missing.length < Object.keys(parts).length) {
    const names = missing.map(([name]) => name).join(" and ");
    throw new TricastError("invalid-option", `${names} is missing; set jwtIssuer, jwtAudience and jwksUrl together`);
  }
  if (jwksUrl !== undefined && !URL.canParse(jwksUrl)) {
    throw new TricastError(
      "invalid-option",
      `jwksUrl is ${JSON.stringify(jwksUrl)}; it must be a URL such as https://issuer.example/.well-known/jwks.json`,
    );
  }
}
