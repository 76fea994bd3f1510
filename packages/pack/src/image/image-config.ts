import type { BaseImage } from "./base/base-image.ts";
import { DEFAULT_USER, type ImageSettings } from "./image-options.ts";
import type { ContainerConfig, HistoryEntry, ImageConfig, Platform } from "./spec.ts";

export interface OwnLayer {
  readonly name: string;
  readonly diffId: string;
}

/** The base's config with our layers and settings. Nothing in it depends on the clock or on this machine. */
export function renderConfig(
  base: BaseImage,
  platform: Platform,
  layers: readonly OwnLayer[],
  settings: ImageSettings,
  created: string,
): ImageConfig {
  return {
    created,
    ...platform,
    config: containerConfig(base.config.config ?? {}, settings),
    rootfs: { type: "layers", diff_ids: [...base.config.rootfs.diff_ids, ...layers.map(({ diffId }) => diffId)] },
    history: [
      ...baseHistory(base, created),
      ...layers.map(({ name }) => ({ created, created_by: `COPY ${name}/ ${settings.root}/`, comment: "tricast" })),
      { created, created_by: "tricast: settings of the container", empty_layer: true },
    ],
  };
}

/** A health check or a build trigger of the base is not taken over: what runs is ours, and the platform checks it. */
function containerConfig(base: ContainerConfig, settings: ImageSettings): ContainerConfig {
  const user = settings.user === undefined ? DEFAULT_USER : settings.user;
  const entrypoint = settings.entrypoint ?? base.Entrypoint ?? undefined;
  // As ENTRYPOINT does in a Dockerfile: a command of the base was meant for the base's entrypoint.
  const cmd = settings.cmd ?? (settings.entrypoint === undefined ? base.Cmd : undefined) ?? undefined;
  const ports = Object.fromEntries((settings.ports ?? []).map((port) => [`${port}/tcp`, {}]));
  const labels = { ...base.Labels, ...settings.labels };
  return {
    ...(user === null ? {} : { User: user }),
    ...filled("ExposedPorts", sorted({ ...base.ExposedPorts, ...ports })),
    Env: mergeEnv(base.Env ?? [], settings.env ?? {}),
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
    ...(cmd === undefined ? {} : { Cmd: cmd }),
    ...filled("Volumes", base.Volumes ?? {}),
    WorkingDir: settings.workingDir ?? settings.root,
    ...filled("Labels", sorted(labels)),
    ...(base.StopSignal === undefined ? {} : { StopSignal: base.StopSignal }),
  };
}

/** Replaced where it stands, or added at the end in the order given. */
function mergeEnv(base: readonly string[], own: Readonly<Record<string, string>>): string[] {
  const merged = new Map(base.map((entry) => [entry.split("=", 1)[0] as string, entry]));
  for (const [name, value] of Object.entries(own)) merged.set(name, `${name}=${value}`);
  return [...merged.values()];
}

function baseHistory({ config }: BaseImage, created: string): HistoryEntry[] {
  const history = config.history ?? [];
  if (history.filter(({ empty_layer }) => empty_layer !== true).length === config.rootfs.diff_ids.length) {
    return [...history];
  }
  // Readers pair entries with layers, so a base that has too few gets one each.
  return config.rootfs.diff_ids.map(() => ({ created, created_by: "base image" }));
}

function filled<K extends string, V extends object>(key: K, value: V): { [P in K]?: V } {
  return (Object.keys(value).length === 0 ? {} : { [key]: value }) as { [P in K]?: V };
}

function sorted<V>(record: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const PREFIX = "org.opencontainers.image";

/** The same on the manifest of a platform and on the index. */
export function renderAnnotations(base: BaseImage, settings: ImageSettings, created: string): Record<string, string> {
  const annotations: Record<string, string | undefined> = {
    [`${PREFIX}.created`]: created,
    [`${PREFIX}.title`]: settings.title,
    [`${PREFIX}.revision`]: settings.revision,
    [`${PREFIX}.source`]: settings.source,
    [`${PREFIX}.base.name`]: base.name,
    [`${PREFIX}.base.digest`]: base.digest,
  };
  return sorted(Object.fromEntries(Object.entries(annotations).filter(([, value]) => value !== undefined))) as Record<
    string,
    string
  >;
}
