import { readFile, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseJson } from "../files/parse-json.ts";
import { type FilePart, openContent, writeNewFile } from "./blob.ts";
import { digestOfStream, hexOf, isDigest, type Sum } from "./digest.ts";
import type { Descriptor } from "./spec.ts";
import { writeAside } from "./write-aside.ts";

/** A blob in the cache. */
export interface KeptBlob extends FilePart {
  readonly digest: string;
}

export type BlobCache = ReturnType<typeof blobCache>;

/** `$XDG_CACHE_HOME/tricast/images`, or `~/.cache/tricast/images`. */
export function defaultCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME || join(homedir(), ".cache"), "tricast", "images");
}

/**
 * Blobs by digest in a folder that builds share, and small facts about them (which layer a tar compresses to).
 * Each file is written next to its place and renamed: a build that is killed leaves no partial file, and two builds at
 * once do no harm. A blob is compared with its digest when it is read.
 */
export function blobCache(folder: string) {
  const blobPath = (digest: string): string => join(folder, "blobs", "sha256", hexOf(digest));
  const factPath = (key: string): string => join(folder, "facts", `${key}.json`);
  const kept = ({ digest, size }: Sum): KeptBlob => ({ path: blobPath(digest), start: 0, size, digest });
  const underway = new Map<string, Promise<unknown>>();
  return {
    /** Joins running work of the same key: two platforms that share a layer compress it once. */
    join<T>(key: string, work: () => Promise<T>): Promise<T> {
      const running = (underway.get(key) as Promise<T> | undefined) ?? work();
      underway.set(key, running);
      const end = (): void => void underway.delete(key);
      running.then(end, end);
      return running;
    },
    /** A blob that is in the cache and undamaged. */
    async find(sum: Sum): Promise<KeptBlob | undefined> {
      return (await isWhole(kept(sum))) ? kept(sum) : undefined;
    },
    /** Writes a stream as it arrives. The stream checks itself. */
    async keepStream(descriptor: Descriptor, open: () => Promise<AsyncIterable<Uint8Array>>): Promise<KeptBlob> {
      await writeAside(blobPath(descriptor.digest), async (aside) => writeNewFile(aside, await open()));
      return kept(descriptor);
    },
    /** Keeps the file that `write` makes, under the digest that it returns. */
    async keepFile(write: (path: string) => Promise<Sum>): Promise<KeptBlob> {
      return kept(await writeAside(blobPath("sha256:new"), write, ({ digest }) => blobPath(digest)));
    },
    /** `undefined` for a fact that is missing or damaged, which is then computed again. */
    readFact: async (key: string): Promise<unknown> => parseJson(await readFile(factPath(key), "utf8").catch(() => "")),
    writeFact: (key: string, fact: object): Promise<void> =>
      writeAside(factPath(key), (aside) => writeFile(aside, JSON.stringify(fact))),
  };
}

async function isWhole(blob: KeptBlob): Promise<boolean> {
  const found = await stat(blob.path).catch(() => undefined);
  if (!isDigest(blob.digest) || found?.size !== blob.size) return false;
  return (await digestOfStream(openContent(blob))).digest === blob.digest;
}
