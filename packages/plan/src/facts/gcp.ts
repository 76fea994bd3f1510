import type { ResolvedFunction, ResolvedGcp } from "../resolved-plan.ts";
import { secretLocations } from "./secrets.ts";
import { SERVER_VARIABLES } from "./server.ts";

/** Services of Google Cloud that a deployment uses, and those for logs and alarms. */
export const GCP_SERVICES = ["cloudbuild", "cloudfunctions", "cloudscheduler", "run", "secretmanager"] as const;
export const GCP_WATCHING = ["logging", "monitoring"] as const;

/** Cloud Run sets the timeout of functions in their environment. The server in a container needs its own variable. */
export function runEnvironment(
  { environment, timeoutSeconds }: ResolvedFunction,
  runAs: ResolvedGcp["runAs"],
): Readonly<Record<string, string>> {
  if (runAs === "function") return environment;
  return { [SERVER_VARIABLES.requestTimeoutMs]: `${timeoutSeconds * 1000}`, ...environment };
}

/** A version of a secret in Secret Manager. Without `project`, it is in the function's project. */
export type SecretVersion = {
  readonly project: string | undefined;
  readonly secret: string;
  readonly version: string;
};

/** Secrets by their variable, from `token` or `token/versions/3`, with an optional prefix `projects/<project>/secrets/`. */
export function secretVersions(one: ResolvedFunction): Readonly<Record<string, SecretVersion>> {
  return Object.fromEntries(
    secretLocations(one).map(({ variable, address }) => {
      const [secret = address, version = "latest"] = address.split("/versions/");
      const [, project, own] = /^projects\/([^/]+)\/secrets\/(.+)$/.exec(secret) ?? [];
      return [variable, { project, secret: own ?? secret, version }];
    }),
  );
}
