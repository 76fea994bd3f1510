import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { TricastError } from "@tricast/core";
import type { ArtefactFile, FileGroup } from "../files/artefact-file.ts";
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
 * {@link stageDockerContext} writes. Times, history and therefore digests differ: they are the builder's.
 */
export function renderDockerfile({ base, groups, settings }: DockerfileOptions): string {
  const { root, entrypoint, cmd, ports, env, labels, owner } = settings;
  const user = settings.user === undefined ? DEFAULT_USER : settings.user;
  const isMulti = Object.keys(groups).length > 1;
  const folder = isMulti ? "$TARGETARCH/" : "";
  const lines = [
    "# Made by tricast from the same files as its own image: same content, same settings.",
    `# Build it in this folder: docker build --tag NAME .`,
    `ARG BASE=${base}`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the Dockerfile's own variable
    "FROM ${BASE}",
    ...(isMulti ? ["ARG TARGETARCH"] : []),
    "",
    "# From what changes least to what changes most.",
    ...groupNames(groups).map(
      (name) => `COPY --chown=${owner?.uid ?? 0}:${owner?.gid ?? 0} ${folder}${name}/ ${root}/`,
    ),
    "",
    `WORKDIR ${settings.workingDir ?? root}`,
    ...pairs(env).map(([name, value]) => `ENV ${name}=${quote(value)}`),
    ...pairs(labels).map(([name, value]) => `LABEL ${quote(name)}=${quote(value)}`),
    ...(ports ?? []).map((port) => `EXPOSE ${port}`),
    "HEALTHCHECK NONE",
    ...(user === null ? [] : [`USER ${user}`]),
    ...(entrypoint === undefined ? [] : [`ENTRYPOINT ${JSON.stringify(entrypoint)}`]),
    ...(cmd === undefined ? [] : [`CMD ${JSON.stringify(cmd)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * Writes the files where the Dockerfile copies them from: `<group>/`, or `<architecture>/<group>/` where there are
 * several architectures.
 */
export async function stageDockerContext(groups: DockerfileOptions["groups"], folder: string): Promise<void> {
  const archs = Object.keys(groups) as Arch[];
  const names = groupNames(groups);
  for (const arch of archs) {
    const target = archs.length > 1 ? join(folder, platformOf(arch).architecture) : folder;
    // An architecture without files of a group gets an empty folder, which COPY asks for.
    for (const name of names) await makeFolder(join(target, name), folder);
    for (const { name, files } of groups[arch] ?? []) {
      for (const file of files) await stage(join(target, name, file.path), file, folder);
    }
  }
}

async function stage(path: string, { content, executable }: ArtefactFile, top: string): Promise<void> {
  await makeFolder(dirname(path), top);
  await ("bytes" in content ? writeFile(path, content.bytes) : copyFile(content.from, path));
  await chmod(path, executable === true ? 0o755 : 0o644);
}

/** COPY keeps modes, so those of the folders below `top` may not be left to the umask either. */
async function makeFolder(path: string, top: string): Promise<void> {
  await mkdir(path, { recursive: true });
  for (let at = path; relative(top, at) !== ""; at = dirname(at)) await chmod(at, 0o755);
}

/** The groups that any architecture has, from what changes least to what changes most. */
function groupNames(groups: DockerfileOptions["groups"]): FileGroup["name"][] {
  const filled = Object.values(groups).flatMap((list) => inLayerOrder(list).map(({ name }) => name));
  return LAYER_ORDER.filter((name) => filled.includes(name));
}

function pairs(record: Readonly<Record<string, string>> | undefined): [string, string][] {
  return Object.entries(record ?? {});
}

/** A quoted word of a Dockerfile: its own variables are not wanted. */
function quote(value: string): string {
  if (/[\r\n]/.test(value)) {
    throw new TricastError("invalid-option", `${JSON.stringify(value)} has a line break, which no Dockerfile can hold`);
  }
  return `"${value.replace(/["\\$]/g, "\\$&")}"`;
}
