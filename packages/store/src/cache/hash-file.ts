import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 in hexadecimal, without holding the file in memory or the thread for long. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(piece);
  return hash.digest("hex");
}
