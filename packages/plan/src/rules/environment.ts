import type { TargetName } from "../config.ts";
import { foreignSecrets, functionRule, type Rule } from "./rule.ts";

const LAMBDA_ENVIRONMENT_BYTES = 4096;

/** Names that the platform sets itself, or refuses. */
const RESERVED: Readonly<Record<TargetName, RegExp>> = {
  aws: /^(AWS_(?!LAMBDA_NODEJS_|SDK_)|_HANDLER$|_X_AMZN_TRACE_ID$|LAMBDA_(TASK_ROOT|RUNTIME_DIR)$)/,
  azure: /^(FUNCTIONS_(WORKER_RUNTIME|EXTENSION_VERSION)|WEBSITE_\w+|AzureWebJobsStorage)$/,
  gcp: /^(PORT|K_(SERVICE|REVISION|CONFIGURATION)|FUNCTION_(TARGET|SIGNATURE_TYPE)|X_GOOGLE_\w+)$/,
};

export const ENVIRONMENT_RULES: readonly Rule[] = [
  functionRule({
    name: "lambda-environment-size",
    targets: ["aws"],
    why: "Lambda refuses environment variables of over 4 KB, names and values together.",
    source: "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    look({ environment }) {
      const bytes = Object.entries(environment).reduce((sum, [name, value]) => sum + byteLength(name + value), 0);
      return bytes <= LAMBDA_ENVIRONMENT_BYTES
        ? undefined
        : {
            field: "environment",
            seen: `${bytes} bytes`,
            fix: "keep long values in a parameter store and their names here",
          };
    },
  }),
  functionRule({
    name: "reserved-variable",
    why: "The platform sets this variable itself and refuses, or silently replaces, another value.",
    source:
      "docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html; learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations; cloud.google.com/run/docs/container-contract#env-vars",
    look: ({ target, environment, secrets }) =>
      [...Object.keys(environment), ...Object.keys(secrets)]
        .filter((name) => RESERVED[target].test(name))
        .map((name) => ({ field: `environment.${name}`, seen: name, fix: "leave it out, or choose another name" })),
  }),
  functionRule({
    name: "secret-in-plain-text",
    severity: "warning",
    why: "Whoever may look at the function, and whoever reads this file, can read the value.",
    source: "docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-encryption",
    look: ({ environment }) =>
      Object.entries(environment)
        .filter(([name, value]) => value !== "" && /(^|_)(SECRET|TOKEN|PASSWORD|API_?KEY|PRIVATE_KEY)$/i.test(name))
        .map(([name]) => ({ field: `environment.${name}`, seen: `${name} with a value`, fix: "put it under secrets" })),
  }),
  functionRule({
    name: "variable-twice",
    why: "A variable has one value: either it is written here or it comes from a secret.",
    source: "tricast: Settings.secrets",
    look: ({ environment, secrets }) =>
      Object.keys(secrets)
        .filter((name) => name in environment)
        .map((name) => ({
          field: `secrets.${name}`,
          seen: `${name} under environment too`,
          fix: `keep one; environment: { ${name}: null } takes away what a level above set`,
        })),
  }),
  functionRule({
    name: "secret-store-of-another-cloud",
    why: "A platform resolves references to its own secret store only.",
    source: "tricast: SecretReference",
    look: (fn) => foreignSecrets(fn),
  }),
  functionRule({
    name: "key-vault-address",
    targets: ["azure"],
    why: "Azure resolves a secret by its address in the vault.",
    source: "learn.microsoft.com/azure/app-service/app-service-key-vault-references",
    look: ({ secrets }) =>
      Object.entries(secrets)
        .filter(([, reference]) => "keyVault" in reference && !VAULT_ADDRESS.test(reference.keyVault))
        .map(([name, reference]) => ({
          field: `secrets.${name}`,
          seen: Object.values(reference).join(),
          fix: "write https://<vault>.vault.azure.net/secrets/<name>",
        })),
  }),
];

const VAULT_ADDRESS =
  /^https:\/\/[a-z0-9-]+\.vault\.(azure\.net|azure\.cn|usgovcloudapi\.net)\/secrets\/[\w-]+(\/\w+)?\/?$/i;

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
