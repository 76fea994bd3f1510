import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A folder of its own for a test, removed after it. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  // The space in its name is the point: paths with spaces must work.
  const folder = await mkdtemp(join(tmpdir(), "tricast image "));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
