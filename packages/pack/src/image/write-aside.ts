import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes next to `path` and renames the result: a reader sees all of it or nothing, and a failure leaves nothing.
 * @param place the path of the result, where it depends on what was written.
 */
export async function writeAside<T>(
  path: string,
  write: (aside: string) => Promise<T>,
  place: (written: T) => string = () => path,
): Promise<T> {
  const aside = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  await mkdir(dirname(path), { recursive: true });
  try {
    const written = await write(aside);
    await rename(aside, place(written));
    return written;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
