import { TricastError } from "@tricast/core";

/** How a container of the image starts, and what the image says about itself. */
export interface ImageSettings {
  /** The absolute folder that the files go under. It is the working directory unless `workingDir` says otherwise. */
  readonly root: string;
  /** Replaces the base's, and its `cmd`, as `ENTRYPOINT` does. Without it the base's stays. */
  readonly entrypoint?: readonly string[] | undefined;
  readonly cmd?: readonly string[] | undefined;
  /** Added to the base's variables; equal names are replaced. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly workingDir?: string | undefined;
  /**
   * `user` or `uid:gid`, numeric so that Kubernetes can check `runAsNonRoot`. Default `65532:65532`. `null` leaves it
   * out, as AWS asks for Lambda, which brings its own user with few rights.
   */
  readonly user?: string | null | undefined;
  /** TCP ports that it listens on. */
  readonly ports?: readonly number[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** `org.opencontainers.image.title`. */
  readonly title?: string | undefined;
  /** `org.opencontainers.image.revision`: the commit. */
  readonly revision?: string | undefined;
  /** `org.opencontainers.image.source`: a URL. */
  readonly source?: string | undefined;
  /** Of the files. Default 0 and 0: the process may read them and not change them. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** The user that distroless images call `nonroot`; it needs no entry in `/etc/passwd`. */
export const DEFAULT_USER = "65532:65532";

/** A server that Cloud Run, Azure Container Apps, SageMaker or Kubernetes starts. */
export function serverSettings(
  options: Omit<ImageSettings, "root" | "ports"> & {
    /** Default `/app`. */
    readonly root?: string | undefined;
    /** Becomes `PORT` and the exposed port. Default 8080, as on Cloud Run. */
    readonly port?: number | undefined;
  },
): ImageSettings {
  const { root = "/app", port = 8080, env, ...rest } = options;
  return { ...rest, root, ports: [port], env: { NODE_ENV: "production", PORT: String(port), ...env } };
}

/**
 * A function of AWS Lambda: the entrypoint is a runtime client, the command is the handler string. AWS's own bases
 * (`public.ecr.aws/lambda/nodejs`) have the runtime client as their entrypoint, so it is left to them by default.
 */
export function lambdaSettings(
  options: Omit<ImageSettings, "root" | "ports" | "cmd" | "user"> & {
    /** Such as `index.handler`. */
    readonly handler: string;
    /** Default `/var/task`. */
    readonly root?: string | undefined;
  },
): ImageSettings {
  const { handler, root = "/var/task", ...rest } = options;
  return { ...rest, root, cmd: [handler], user: null };
}

/** @throws {TricastError} `invalid-option` */
export function checkSettings({ env, ports, user, entrypoint, cmd, workingDir }: ImageSettings): void {
  for (const [name, value] of Object.entries(env ?? {})) {
    if (name === "" || /[=\0]/.test(name) || value.includes("\0"))
      throw invalid("env", `${JSON.stringify(name)} is not a name`);
  }
  for (const port of ports ?? []) {
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw invalid("ports", `${port} is not from 1 to 65535`);
  }
  if (typeof user === "string" && !/^[\w.-]+(?::[\w.-]+)?$/.test(user)) throw invalid("user", `${user} is not a user`);
  if (workingDir !== undefined && !workingDir.startsWith("/")) throw invalid("workingDir", `${workingDir} is relative`);
  for (const [name, value] of Object.entries({ entrypoint, cmd })) {
    if (value?.length === 0 || value?.[0] === "") throw invalid(name, "it must name a program");
  }
}

function invalid(name: string, problem: string): TricastError {
  return new TricastError("invalid-option", `the image's ${name}: ${problem}`);
}
