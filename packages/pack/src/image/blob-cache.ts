import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type BlobContent, openContent } from "./blob.ts";
import { digestOfStream, hexOf, isDigest } from "./digest.ts";
import type { Descriptor } from "./spec.ts";

/**
 * Blobs by digest in a folder that builds share, and small facts about them (which layer a tar compresses to).
 * Everything is written beside its place and renamed into it, so a build that is killed leaves nothing half-written,
 * and two builds at once do no harm. What is read back is checked against its digest.
 */
export interface BlobCache {
  /** The content of a blob that is here and whole. */
  find(descriptor: Pick<Descriptor, "digest" | "size">): Promise<BlobContent | undefined>;
  /** Keeps a stream, which is read once and written as it comes. The stream checks itself. */
  keepStream(descriptor: Descriptor, open: () => Promise<AsyncIterable<Uint8Array>>): Promise<BlobContent>;
  /** Keeps a file that `write` makes, under the digest that it returns. */
  keepFile(write: (path: string) => Promise<Pick<Descriptor, "digest" | "size">>): Promise<BlobContent>;
  /** Joins work of the same key that is under way: two platforms that share a layer compress it once. */
  join<T>(key: string, work: () => Promise<T>): Promise<T>;
  readFact(key: string): Promise<unknown>;
  writeFact(key: string, fact: object): Promise<void>;
}

/** `$XDG_CACHE_HOME/tricast/images`, or `~/.cache/tricast/images`. */
export function defaultCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "tricast", "images");
}

export function blobCache(folder: string): BlobCache {
  const blobPath = (digest: string): string => join(folder, "blobs", "sha256", hexOf(digest));
  const factPath = (key: string): string => join(folder, "facts", `${key}.json`);
  const underway = new Map<string, Promise<unknown>>();
  return {
    join: (key, work) => {
      const running = (underway.get(key) as ReturnType<typeof work> | undefined) ?? work();
      underway.set(key, running);
      const end = (): void => void underway.delete(key);
      running.then(end, end);
      return running;
    },
    find: async ({ digest, size }) => {
      const path = blobPath(digest);
      return (await isWhole(path, digest, size)) ? { path, start: 0, size } : undefined;
    },
    keepStream: async ({ digest, size }, open) => {
      const path = blobPath(digest);
      await writeAside(path, async (aside) =>
        pipeline(await open(), createWriteStream(aside, { flags: "wx", mode: 0o644 })),
      );
      return { path, start: 0, size };
    },
    keepFile: async (write) => {
      const aside = asideOf(join(folder, "blobs", "sha256", "new"));
      await mkdir(dirname(aside), { recursive: true });
      try {
        const { digest, size } = await write(aside);
        await rename(aside, blobPath(digest));
        return { path: blobPath(digest), start: 0, size };
      } finally {
        await rm(aside, { force: true });
      }
    },
    readFact: async (key) => {
      try {
        return JSON.parse(await readFile(factPath(key), "utf8")) as unknown;
      } catch {
        // A fact that is missing or damaged is found out again.
        return undefined;
      }
    },
    writeFact: (key, fact) => writeAside(factPath(key), (aside) => writeFile(aside, JSON.stringify(fact))),
  };
}

async function isWhole(path: string, digest: string, size: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!isDigest(digest) || found?.size !== size) return false;
  return (await digestOfStream(openContent({ path, start: 0, size }))).digest === digest;
}

async function writeAside(path: string, write: (aside: string) => Promise<void>): Promise<void> {
  const aside = asideOf(path);
  await mkdir(dirname(path), { recursive: true });
  try {
    await write(aside);
    await rename(aside, path);
  } finally {
    await rm(aside, { force: true });
  }
}

function asideOf(path: string): string {
  return `${path}.${randomUUID()}.part`;
}
