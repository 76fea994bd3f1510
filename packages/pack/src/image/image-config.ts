import type { BaseImage } from "./base/base-image.ts";
import { DEFAULT_USER, type ImageSettings } from "./image-options.ts";
import type { ContainerConfig, HistoryEntry, ImageConfig, Platform } from "./spec.ts";

/** The base's config with our layers and settings. Nothing in it depends on the clock or on this machine. */
export function renderConfig(
  base: BaseImage,
  platform: Platform,
  layers: readonly { readonly name: string; readonly diffId: string }[],
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

/**
 * The base's health check and build triggers are dropped: the program is ours, and the platform checks it. JSON leaves
 * out members that are `undefined`.
 */
function containerConfig(base: ContainerConfig, settings: ImageSettings): ContainerConfig {
  const { user = DEFAULT_USER, entrypoint, env, ports = [], labels, workingDir, root } = settings;
  // As with ENTRYPOINT in a Dockerfile: the base's command was written for the base's entrypoint.
  const cmd = settings.cmd ?? (entrypoint === undefined ? base.Cmd : undefined);
  const exposed = Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}]));
  return {
    User: user ?? undefined,
    ExposedPorts: unlessEmpty(sorted({ ...base.ExposedPorts, ...exposed })),
    Env: mergeEnv(base.Env ?? [], env ?? {}),
    Entrypoint: entrypoint ?? base.Entrypoint ?? undefined,
    Cmd: cmd ?? undefined,
    Volumes: unlessEmpty(base.Volumes ?? {}),
    WorkingDir: workingDir ?? root,
    Labels: unlessEmpty(sorted({ ...base.Labels, ...labels })),
    StopSignal: base.StopSignal,
  };
}

/** A variable of the base is replaced in its place; others are appended in the given order. */
function mergeEnv(base: readonly string[], own: Readonly<Record<string, string>>): string[] {
  const merged = new Map(base.map((entry) => [entry.split("=", 1)[0] as string, entry]));
  for (const [name, value] of Object.entries(own)) merged.set(name, `${name}=${value}`);
  return [...merged.values()];
}

/** Readers pair entries with layers, so a base that lacks entries gets one for each layer. */
function baseHistory({ config }: BaseImage, created: string): readonly HistoryEntry[] {
  const { history = [], rootfs } = config;
  const ofLayers = history.filter(({ empty_layer }) => empty_layer !== true);
  if (ofLayers.length === rootfs.diff_ids.length) return history;
  return rootfs.diff_ids.map(() => ({ created, created_by: "base image" }));
}

function unlessEmpty<V extends object>(value: V): V | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

function sorted<V>(record: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const PREFIX = "org.opencontainers.image";

/** Equal on the manifest of a platform and on the index. */
export function renderAnnotations({ name, digest }: BaseImage, settings: ImageSettings, created: string): object {
  return sorted({
    [`${PREFIX}.created`]: created,
    [`${PREFIX}.title`]: settings.title,
    [`${PREFIX}.revision`]: settings.revision,
    [`${PREFIX}.source`]: settings.source,
    [`${PREFIX}.base.name`]: name,
    [`${PREFIX}.base.digest`]: digest,
  });
}
