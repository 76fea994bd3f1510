import { overBudget } from "../errors.ts";
import type { ArtefactFile } from "../files/artefact-file.ts";
import { type Deflated, deflate } from "./deflate.ts";

export interface ZipFile extends Omit<ArtefactFile, "origin"> {
  /** Of the content, in hex digits. */
  readonly sha256: string;
}

/** More needs zip64, and neither a Lambda function nor a layer can be so large. */
const MOST_FILES = 0xfffe;
const MOST_BYTES = 0xfffffffe;

/** Zip 2.0, and the flag for names in UTF-8 (APPNOTE 6.3.10, sections 4.4.3 and 4.4.4). */
const NEEDED_VERSION = 20;
const UTF8_NAMES = 0x0800;
/** Unix, so that readers apply the mode in the external attributes. */
const MADE_BY = (3 << 8) | 30;

/**
 * A zip archive of the files, sorted by the bytes of their paths, all with one time and with mode 0644 or 0755.
 *
 * Not from a library: the output of the common ones depends on the clock, the time zone or the order of adding, and a zip
 * without encryption, links or zip64 is two records per file. The bytes depend on the content, and on the zlib of this Node
 * on this kind of processor.
 *
 * @param epoch seconds since 1970, from 1980 on.
 * @throws {TricastError} `over-budget` for a zip that needs zip64.
 */
export async function zip(files: readonly ZipFile[], epoch: number): Promise<Buffer> {
  if (files.length > MOST_FILES)
    throw overBudget(`the zip has ${files.length} files, and at most ${MOST_FILES} fit; bundle more of them`);
  const named = files.map((file) => ({ name: Buffer.from(file.path, "utf8"), file }));
  const time = dosTime(epoch);
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, file } of named.sort((a, b) => Buffer.compare(a.name, b.name))) {
    const deflated = await deflate(file.content, file.sha256);
    const shared = sharedFields(name, deflated, time);
    const header = localHeader(name, shared);
    directory.push(centralHeader(name, shared, file.executable === true ? 0o100755 : 0o100644, offset));
    parts.push(header, deflated.data);
    offset += header.length + deflated.data.length;
    if (offset > MOST_BYTES) throw overBudget(`the zip has over ${MOST_BYTES} bytes; keep the model in a store`);
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...parts, central, endRecord(files.length, central.length, offset)]);
}

/** Zips hold local time in steps of two seconds. This is UTC, so that the time zone does not matter. */
function dosTime(epoch: number): number {
  const at = new Date(epoch * 1000);
  const day = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const clock = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return ((day << 16) | clock) >>> 0;
}

/** A little-endian number of a record. */
type Field = readonly [bytes: number, value: number];

function record(...fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );
}

/** The fields that both headers of a file have. */
function sharedFields(name: Buffer, { crc, size, data, isStored }: Deflated, time: number): readonly Field[] {
  return [
    [2, NEEDED_VERSION],
    [2, UTF8_NAMES],
    [2, isStored ? 0 : 8],
    [4, time],
    [4, crc],
    [4, data.length],
    [4, size],
    [2, name.length],
  ];
}

/** The length of an extra field or a comment. */
const EMPTY: Field = [2, 0];
/** The number of the disk, and internal attributes. */
const UNUSED: Field = [4, 0];

function localHeader(name: Buffer, shared: readonly Field[]): Buffer {
  return Buffer.concat([record([4, 0x04034b50], ...shared, EMPTY), name]);
}

function centralHeader(name: Buffer, shared: readonly Field[], mode: number, offset: number): Buffer {
  const attributes = (mode << 16) >>> 0;
  return Buffer.concat([
    record([4, 0x02014b50], [2, MADE_BY], ...shared, EMPTY, EMPTY, UNUSED, [4, attributes], [4, offset]),
    name,
  ]);
}

function endRecord(files: number, directoryBytes: number, directoryOffset: number): Buffer {
  return record([4, 0x06054b50], UNUSED, [2, files], [2, files], [4, directoryBytes], [4, directoryOffset], EMPTY);
}
