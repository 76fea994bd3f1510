import { chmod, mkdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { invalidOption } from "../errors.ts";
import type { FileGroup } from "../files/artefact-file.ts";
import { writeTo } from "../files/lay-out.ts";
import type { Arch } from "../targets/arch.ts";
import { DEFAULT_USER, type ImageSettings } from "./image-options.ts";
import { inLayerOrder, LAYER_ORDER } from "./layer.ts";
import { platformOf } from "./platform.ts";

export interface DockerfileOptions {
  readonly base: string;
  readonly groups: Readonly<Partial<Record<Arch, readonly FileGroup[]>>>;
  readonly settings: ImageSettings;
}

/**
 * A Dockerfile that gives the same files, modes, owners and settings as `buildImage`, from the folder that
 * {@link stageDockerContext} writes. Docker sets other times and another history, so the digests differ.
 */
export function renderDockerfile({ base, groups, settings }: DockerfileOptions): string {
  const { root, entrypoint, cmd, ports = [], env, labels, user = DEFAULT_USER, owner = { uid: 0, gid: 0 } } = settings;
  const isMulti = Object.keys(groups).length > 1;
  const copy = `COPY --chown=${owner.uid}:${owner.gid} ${isMulti ? "$TARGETARCH/" : ""}`;
  const lines = [
    "# Made by tricast from the same files as its own image: same content, same settings.",
    `# Build it in this folder: docker build --tag NAME .`,
    `ARG BASE=${base}`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the Dockerfile's own variable
    "FROM ${BASE}",
    ...(isMulti ? ["ARG TARGETARCH"] : []),
    "",
    "# The groups that change least come first.",
    ...groupNames(groups).map((name) => `${copy}${name}/ ${root}/`),
    "",
    `WORKDIR ${settings.workingDir ?? root}`,
    ...pairs(env).map(([name, value]) => `ENV ${name}=${quote(value)}`),
    ...pairs(labels).map(([name, value]) => `LABEL ${quote(name)}=${quote(value)}`),
    ...ports.map((port) => `EXPOSE ${port}`),
    "HEALTHCHECK NONE",
    ...(user === null ? [] : [`USER ${user}`]),
    ...(entrypoint === undefined ? [] : [`ENTRYPOINT ${JSON.stringify(entrypoint)}`]),
    ...(cmd === undefined ? [] : [`CMD ${JSON.stringify(cmd)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * Writes the files where the Dockerfile copies them from: `<group>/`, or `<architecture>/<group>/` for several
 * architectures.
 */
export async function stageDockerContext(groups: DockerfileOptions["groups"], folder: string): Promise<void> {
  const archs = Object.keys(groups) as Arch[];
  const names = groupNames(groups);
  for (const arch of archs) {
    const target = archs.length > 1 ? join(folder, platformOf(arch).architecture) : folder;
    // An architecture without files of a group gets an empty folder, because COPY fails without it.
    for (const name of names) await makeFolder(join(target, name), folder);
    for (const { name, files } of groups[arch] ?? []) {
      for (const file of files) {
        const path = join(target, name, file.path);
        await makeFolder(dirname(path), folder);
        await writeTo(path, file);
      }
    }
  }
}

/** COPY keeps modes, so the folders below `top` must not depend on the umask. */
async function makeFolder(path: string, top: string): Promise<void> {
  await mkdir(path, { recursive: true });
  for (let at = path; relative(top, at) !== ""; at = dirname(at)) await chmod(at, 0o755);
}

/** The groups of any architecture, in the order of layers. */
function groupNames(groups: DockerfileOptions["groups"]): FileGroup["name"][] {
  const filled = Object.values(groups).flatMap((list) => inLayerOrder(list).map(({ name }) => name));
  return LAYER_ORDER.filter((name) => filled.includes(name));
}

function pairs(record: Readonly<Record<string, string>> = {}): [string, string][] {
  return Object.entries(record);
}

/** A quoted word. `$` is escaped, because Docker would replace variables of the Dockerfile. */
function quote(value: string): string {
  if (/[\r\n]/.test(value))
    throw invalidOption(`${JSON.stringify(value)} has a line break, which a Dockerfile cannot hold; remove it`);
  return `"${value.replace(/["\\$]/g, "\\$&")}"`;
}
