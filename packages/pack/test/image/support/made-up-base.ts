import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Header } from "tar";

/** A base image made without any code of ours, small enough to be read in a debugger. */
export interface MadeUpImage {
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly index: Descriptor;
  /** By Go's name of the architecture. */
  readonly manifests: Readonly<Record<string, Descriptor>>;
  /** Uncompressed. */
  readonly layers: Readonly<Record<string, Buffer>>;
  readonly configs: Readonly<Record<string, Buffer>>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface MadeUpOptions {
  readonly architectures?: readonly string[];
  readonly libc?: "glibc" | "musl" | "none";
  /** The version in the library of glibc; without a version the image lacks the library. */
  readonly glibc?: string;
  readonly family?: "oci" | "docker";
  readonly config?: object;
  /** Content of the one other file, so that images differ. */
  readonly release?: string;
}

const LOADER: Readonly<Record<string, string>> = {
  amd64: "lib64/ld-linux-x86-64.so.2",
  arm64: "lib/ld-linux-aarch64.so.1",
};

export function madeUpImage({
  architectures = ["amd64", "arm64"],
  libc = "glibc",
  glibc,
  family = "oci",
  config = { Env: ["PATH=/usr/bin", "BASE=yes"], Cmd: ["sh"], Labels: { from: "base" } },
  release = "made up 1",
}: MadeUpOptions = {}): MadeUpImage {
  const types = TYPES[family];
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, bytes: Buffer): Descriptor => {
    const digest = sha256(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const manifests: Record<string, Descriptor> = {};
  const layers: Record<string, Buffer> = {};
  const configs: Record<string, Buffer> = {};
  for (const architecture of architectures) {
    const loader = libc === "musl" ? "lib/ld-musl-x86_64.so.1" : (LOADER[architecture] as string);
    const library = `\0GNU C Library (Debian GLIBC ${glibc}-9) stable release version ${glibc}.\n\0`;
    const layer = tarOf({
      "etc/os-release": release,
      ...(libc === "none" ? {} : { [loader]: "loader" }),
      ...(glibc === undefined ? {} : { "usr/lib/libc.so.6": library }),
    });
    const document = Buffer.from(
      JSON.stringify({
        architecture,
        os: "linux",
        config,
        rootfs: { type: "layers", diff_ids: [sha256(layer)] },
        history: [{ created: "2026-01-01T00:00:00Z", created_by: "made up" }],
      }),
    );
    layers[architecture] = layer;
    configs[architecture] = document;
    const manifest = {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: add(types.config, document),
      layers: [add(types.layer, gzipSync(layer))],
    };
    manifests[architecture] = add(types.manifest, Buffer.from(JSON.stringify(manifest)));
  }
  const attestation = add(types.manifest, Buffer.from("an attestation, which no build may read"));
  const index = {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: [
      ...architectures.map((architecture) => ({
        ...manifests[architecture],
        // As Docker's own base images have it.
        platform: { architecture, os: "linux", ...(architecture === "arm64" ? { variant: "v8" } : {}) },
      })),
      { ...attestation, platform: { architecture: "unknown", os: "unknown" } },
    ],
  };
  return { blobs, manifests, layers, configs, index: add(types.index, Buffer.from(JSON.stringify(index))) };
}

const TYPES = {
  oci: {
    index: "application/vnd.oci.image.index.v1+json",
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  },
  docker: {
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  },
} as const;

/** The files of an OCI layout, by path. */
export function layoutFiles({ blobs, index }: MadeUpImage): Record<string, Buffer> {
  return {
    "oci-layout": Buffer.from('{"imageLayoutVersion":"1.0.0"}'),
    "index.json": Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [index] })),
    ...Object.fromEntries([...blobs].map(([digest, bytes]) => [`blobs/sha256/${digest.slice(7)}`, bytes])),
  };
}

export async function writeLayout(image: MadeUpImage, folder: string): Promise<string> {
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
  for (const [name, bytes] of Object.entries(layoutFiles(image))) await writeFile(join(folder, name), bytes);
  return folder;
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A tar of files (text or bytes) and links (`-> target`), with headers by the npm package tar. */
export function tarOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const blocks: Buffer[] = [];
  for (const [path, content] of Object.entries(files)) {
    const target = typeof content === "string" ? /^-> (.*)$/.exec(content)?.[1] : undefined;
    const bytes = target === undefined ? Buffer.from(content) : Buffer.alloc(0);
    const header = new Header({
      path,
      size: bytes.length,
      mode: 0o644,
      mtime: new Date(0),
      ...(target === undefined ? { type: "File" } : { type: "SymbolicLink", linkpath: target }),
    });
    header.encode();
    blocks.push(header.block as Buffer, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
