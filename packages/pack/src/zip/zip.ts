import { overBudget } from "../errors.ts";
import type { Content } from "../files/artefact-file.ts";
import { type Deflated, deflate } from "./deflate.ts";

export interface ZipFile {
  /** With `/`, relative, without `..`. */
  readonly path: string;
  readonly content: Content;
  /** Of the content, in hex digits. */
  readonly sha256: string;
  readonly executable?: boolean | undefined;
}

/** More would need zip64, which neither a Lambda nor a layer could hold. */
const MOST_FILES = 0xfffe;
const MOST_BYTES = 0xfffffffe;

/** Zip 2.0, and the flag for names in UTF-8 (APPNOTE 6.3.10, sections 4.4.3 and 4.4.4). */
const NEEDED_VERSION = 20;
const UTF8_NAMES = 0x0800;
/** Made on Unix, so that the mode in the external attributes counts. */
const MADE_BY = (3 << 8) | 30;

/**
 * A zip archive of the files, sorted by the bytes of their paths, all with one time and with mode 0644 or 0755.
 *
 * Written here and not taken from a library: what the common ones write depends on the clock, the time zone or the
 * order of adding, and a zip without encryption, links or zip64 is two records per file. The bytes depend on the content
 * alone, and where zlib's own output does: on the zlib of this Node on this kind of processor.
 *
 * @param epoch seconds since 1970, from 1980 on.
 * @throws {TricastError} `over-budget` for what would need zip64.
 */
export async function zip(files: readonly ZipFile[], epoch: number): Promise<Buffer> {
  if (files.length > MOST_FILES)
    throw overBudget(`a zip of ${files.length} files; it can hold ${MOST_FILES}. Bundle more of them`);
  const sorted = files.map(toNamed).sort((a, b) => Buffer.compare(a.name, b.name));
  const time = dosTime(epoch);
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, file } of sorted) {
    const deflated = await deflate(file.content, file.sha256);
    const header = localHeader(name, deflated, time);
    directory.push(centralHeader(name, deflated, time, file.executable === true ? 0o100755 : 0o100644, offset));
    parts.push(header, deflated.data);
    offset += header.length + deflated.data.length;
    if (offset > MOST_BYTES) throw overBudget(`a zip over ${MOST_BYTES} bytes; keep the model in a store`);
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...parts, central, endRecord(sorted.length, central.length, offset)]);
}

interface Named {
  readonly name: Buffer;
  readonly file: ZipFile;
}

function toNamed(file: ZipFile): Named {
  return { name: Buffer.from(file.path, "utf8"), file };
}

/** Zips hold local time in steps of two seconds; ours is UTC, so that the time zone does not count. */
function dosTime(epoch: number): number {
  const at = new Date(epoch * 1000);
  const day = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const clock = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return ((day << 16) | clock) >>> 0;
}

/** The fields that both headers of a file share, written at `at`. */
function writeShared(
  record: Buffer,
  at: number,
  name: Buffer,
  { crc, size, data, isStored }: Deflated,
  time: number,
): void {
  record.writeUInt16LE(NEEDED_VERSION, at);
  record.writeUInt16LE(UTF8_NAMES, at + 2);
  record.writeUInt16LE(isStored ? 0 : 8, at + 4);
  record.writeUInt32LE(time, at + 6);
  record.writeUInt32LE(crc, at + 10);
  record.writeUInt32LE(data.length, at + 14);
  record.writeUInt32LE(size, at + 18);
  record.writeUInt16LE(name.length, at + 22);
}

function localHeader(name: Buffer, deflated: Deflated, time: number): Buffer {
  const record = Buffer.alloc(30);
  record.writeUInt32LE(0x04034b50, 0);
  writeShared(record, 4, name, deflated, time);
  return Buffer.concat([record, name]);
}

function centralHeader(name: Buffer, deflated: Deflated, time: number, mode: number, offset: number): Buffer {
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE(MADE_BY, 4);
  writeShared(record, 6, name, deflated, time);
  record.writeUInt32LE((mode << 16) >>> 0, 38);
  record.writeUInt32LE(offset, 42);
  return Buffer.concat([record, name]);
}

function endRecord(files: number, directoryBytes: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(files, 8);
  record.writeUInt16LE(files, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return record;
}
