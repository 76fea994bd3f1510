import { invalidOption } from "../errors.ts";

/** How a container of the image starts, and the labels of the image. */
export interface ImageSettings {
  /** The absolute folder of the files, and the default of `workingDir`. */
  readonly root: string;
  /** Replaces the base's entrypoint and `cmd`, as `ENTRYPOINT` does. Default: the base's. */
  readonly entrypoint?: readonly string[] | undefined;
  readonly cmd?: readonly string[] | undefined;
  /** Added to the base's variables; a variable of the same name is replaced. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly workingDir?: string | undefined;
  /**
   * `user` or `uid:gid`, numeric so that Kubernetes can check `runAsNonRoot`. Default `65532:65532`. `null` keeps the
   * base's user, as AWS asks for Lambda, which runs the function as a user with few rights.
   */
  readonly user?: string | null | undefined;
  /** TCP ports that the program listens on. */
  readonly ports?: readonly number[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** `org.opencontainers.image.title`. */
  readonly title?: string | undefined;
  /** `org.opencontainers.image.revision`: the commit. */
  readonly revision?: string | undefined;
  /** `org.opencontainers.image.source`: a URL. */
  readonly source?: string | undefined;
  /** Owner of the files. Default 0 and 0: the process can read the files and not change them. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** The user `nonroot` of distroless images. It needs no entry in `/etc/passwd`. */
export const DEFAULT_USER = "65532:65532";

/**
 * Without a limit, glibc keeps freed memory for each thread (mallopt(3), M_ARENA_MAX): after large bodies, a server took
 * 550 MB instead of 390.
 */
const SERVER_ENV = { NODE_ENV: "production", MALLOC_ARENA_MAX: "2" };

/** A server that Cloud Run, Azure Container Apps, SageMaker or Kubernetes starts. */
export function serverSettings(
  options: Omit<ImageSettings, "root" | "ports"> & {
    /** Default `/app`. */
    readonly root?: string | undefined;
    /** The value of `PORT` and the exposed port. Default 8080, as on Cloud Run. */
    readonly port?: number | undefined;
  },
): ImageSettings {
  const { root = "/app", port = 8080, env, ...rest } = options;
  return { ...rest, root, ports: [port], env: { ...SERVER_ENV, PORT: String(port), ...env } };
}

/**
 * A function of AWS Lambda: the entrypoint is a runtime client, the command is the handler string. The default is the
 * base's entrypoint: in AWS's bases (`public.ecr.aws/lambda/nodejs`) it is the runtime client.
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
export function checkSettings({ env = {}, ports = [], user, entrypoint, cmd, workingDir }: ImageSettings): void {
  const refuse = (name: string, problem: string): never => {
    throw invalidOption(`the image's ${name}: ${problem}`);
  };
  for (const [name, value] of Object.entries(env)) {
    if (name === "" || /[=\0]/.test(name)) refuse("env", `${JSON.stringify(name)} is not a name`);
    if (value.includes("\0")) refuse("env", `the value of ${JSON.stringify(name)} has a NUL`);
  }
  for (const port of ports)
    if (!Number.isInteger(port) || port < 1 || port > 65535) refuse("ports", `${port} is not from 1 to 65535`);
  if (typeof user === "string" && !/^[\w.-]+(?::[\w.-]+)?$/.test(user)) refuse("user", `${user} is not a user`);
  if (workingDir?.startsWith("/") === false) refuse("workingDir", `${workingDir} is relative`);
  for (const [name, value] of Object.entries({ entrypoint, cmd }))
    if (value?.length === 0 || value?.[0] === "") refuse(name, "the list must begin with a program");
}
