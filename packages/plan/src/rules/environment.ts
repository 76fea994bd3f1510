import type { TargetName } from "../config.ts";
import { foreignSecrets, functionRule, type Rule, violation } from "./rule.ts";

const LAMBDA_ENVIRONMENT_BYTES = 4096;

/** Names that the platform sets or refuses. */
const RESERVED: Readonly<Record<TargetName, RegExp>> = {
  aws: /^(AWS_(?!LAMBDA_NODEJS_|SDK_)|_HANDLER$|_X_AMZN_TRACE_ID$|LAMBDA_(TASK_ROOT|RUNTIME_DIR)$)/,
  azure: /^(FUNCTIONS_(WORKER_RUNTIME|EXTENSION_VERSION)|WEBSITE_\w+|AzureWebJobsStorage)$/,
  gcp: /^(PORT|K_(SERVICE|REVISION|CONFIGURATION)|FUNCTION_(TARGET|SIGNATURE_TYPE)|X_GOOGLE_\w+)$/,
};

export const ENVIRONMENT_RULES: readonly Rule[] = [
  functionRule("lambda-environment-size", ["aws"], {
    why: "Lambda refuses environment variables of more than 4 KB, names and values together.",
    source: "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    look({ environment }) {
      const bytes = Buffer.byteLength(Object.entries(environment).flat().join(""));
      if (bytes <= LAMBDA_ENVIRONMENT_BYTES) return undefined;
      return violation("environment", `${bytes} bytes`, "keep long values in a parameter store and their names here");
    },
  }),
  functionRule("reserved-variable", "all", {
    why: "The platform sets this variable. It refuses another value, or replaces it without a message.",
    source:
      "docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html; learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations; cloud.google.com/run/docs/container-contract#env-vars",
    look: ({ target, environment, secrets }) =>
      [...Object.keys(environment), ...Object.keys(secrets)]
        .filter((name) => RESERVED[target].test(name))
        .map((name) => violation(`environment.${name}`, name, "remove it, or choose another name")),
  }),
  functionRule("secret-in-plain-text", "all", {
    severity: "warning",
    why: "Everyone who may view the function or this file can read the value.",
    source: "docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-encryption",
    look: ({ environment }) =>
      Object.entries(environment)
        .filter(([name, value]) => value !== "" && /(^|_)(SECRET|TOKEN|PASSWORD|API_?KEY|PRIVATE_KEY)$/i.test(name))
        .map(([name]) => violation(`environment.${name}`, `${name} with a value`, "move it to secrets")),
  }),
  functionRule("variable-twice", "all", {
    why: "A variable has one value: from environment or from a secret.",
    source: "tricast: Settings.secrets",
    look: ({ environment, secrets }) =>
      Object.keys(secrets)
        .filter((name) => name in environment)
        .map((name) => {
          const fix = `keep one; environment: { ${name}: null } removes the value of a level above`;
          return violation(`secrets.${name}`, `${name} under environment too`, fix);
        }),
  }),
  functionRule("secret-store-of-another-cloud", "all", {
    why: "A platform resolves references to its own secret store only.",
    source: "tricast: SecretReference",
    look: (fn) => foreignSecrets(fn),
  }),
  functionRule("key-vault-address", ["azure"], {
    why: "Azure resolves a secret by its address in the vault.",
    source: "learn.microsoft.com/azure/app-service/app-service-key-vault-references",
    look: ({ secrets }) =>
      Object.entries(secrets).flatMap(([name, reference]) =>
        "keyVault" in reference && !VAULT_ADDRESS.test(reference.keyVault)
          ? violation(`secrets.${name}`, reference.keyVault, "write https://<vault>.vault.azure.net/secrets/<name>")
          : [],
      ),
  }),
];

const VAULT_ADDRESS =
  /^https:\/\/[a-z0-9-]+\.vault\.(azure\.net|azure\.cn|usgovcloudapi\.net)\/secrets\/[\w-]+(\/\w+)?\/?$/i;
