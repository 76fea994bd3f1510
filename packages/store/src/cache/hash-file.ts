import { createReadStream } from "node:fs";
import { digest } from "../digest.ts";

/** SHA-256 in hexadecimal, without holding the file in memory or the thread for long. */
export async function hashFile(path: string): Promise<string> {
  return (await digest(createReadStream(path, { highWaterMark: 1024 * 1024 }))).sha256;
}
