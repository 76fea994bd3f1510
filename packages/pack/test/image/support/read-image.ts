import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Parser } from "tar";

/** A member as an independent reader, the npm package tar, sees it. */
export interface SeenMember {
  readonly path: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly bytes: Buffer;
}

export async function untar(archive: Uint8Array): Promise<SeenMember[]> {
  const members: SeenMember[] = [];
  await new Promise<void>((resolve, reject) => {
    const parser = new Parser({
      strict: true,
      onReadEntry(entry) {
        const chunks: Buffer[] = [];
        entry.on("data", (chunk: Buffer) => chunks.push(chunk));
        entry.on("end", () =>
          members.push({
            path: entry.path,
            type: entry.type,
            mode: entry.mode ?? -1,
            uid: entry.uid ?? -1,
            gid: entry.gid ?? -1,
            mtime: (entry.mtime?.getTime() ?? Number.NaN) / 1000,
            bytes: Buffer.concat(chunks),
          }),
        );
      },
    });
    parser.on("end", resolve);
    parser.on("error", reject);
    parser.end(Buffer.from(archive));
  });
  return members;
}

// biome-ignore lint/suspicious/noExplicitAny: documents of the specification, which each test asserts about
export type Document = any;

/** An OCI layout folder as plain data: everything that its index.json leads to. */
export async function readLayout(folder: string) {
  const blob = (digest: string): Promise<Buffer> => readFile(join(folder, "blobs/sha256", digest.slice(7)));
  const json = async (digest: string): Promise<Document> => JSON.parse((await blob(digest)).toString("utf8"));
  const top = JSON.parse(await readFile(join(folder, "index.json"), "utf8")) as Document;
  const root = top.manifests[0];
  const document = await json(root.digest);
  const manifests: Document[] = document.manifests ?? [root];
  const images = await Promise.all(
    manifests.map(async (descriptor) => {
      const manifest = await json(descriptor.digest);
      const config = await json(manifest.config.digest);
      const layers = await Promise.all(manifest.layers.map((layer: Document) => blob(layer.digest)));
      const tars: Buffer[] = layers.map((bytes: Buffer) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes));
      return { descriptor, manifest, config, layers: layers as Buffer[], tars };
    }),
  );
  return { top, root, document, images };
}
