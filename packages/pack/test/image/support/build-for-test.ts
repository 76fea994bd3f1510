import { join } from "node:path";
import type { TestContext } from "node:test";
import { type BuildImageOptions, buildImage, type ImageReport } from "../../../src/image/build-image.ts";
import { serverSettings } from "../../../src/image/image-options.ts";
import { exampleGroups } from "./groups.ts";
import { type Document, readLayout } from "./read-image.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export const SETTINGS = serverSettings({ entrypoint: ["/usr/bin/node", "index.cjs"] });

export interface Built {
  readonly report: ImageReport;
  readonly layout: Awaited<ReturnType<typeof readLayout>>;
  /** Of the first platform. */
  readonly image: Document;
}

/** Builds the example groups (default: for x64) into an OCI layout, and reads it. */
export async function buildForTest(t: TestContext, options: Partial<BuildImageOptions>): Promise<Built> {
  const folder = await temporaryFolder(t);
  const path = join(folder, "image");
  const report = await buildImage({
    base: "scratch",
    groups: { x64: exampleGroups("x64") },
    settings: SETTINGS,
    cacheFolder: join(folder, "cache"),
    epoch: 0,
    ...options,
    out: [{ kind: "oci-layout", path, tag: "test" }, ...(options.out ?? [])],
  });
  const layout = await readLayout(path);
  return { report, layout, image: layout.images[0] };
}
