import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Writes beside `path` and moves the whole into its place: no reader sees half of it, and no failure leaves half of it. */
export async function replacing(path: string, write: (aside: string) => Promise<void>): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  await mkdir(dirname(path), { recursive: true });
  try {
    await write(aside);
    await rm(path, { recursive: true, force: true });
    await rename(aside, path);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
