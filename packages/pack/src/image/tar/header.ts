/** One member of a tar archive. Directories end in `/`; no name begins with one. */
export interface TarHeader {
  readonly name: string;
  readonly type: "file" | "directory";
  /** Bytes; 0 for a directory. */
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

export const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
const MAX_OCTAL_7 = 0o7777777;
const MAX_OCTAL_11 = 0o77777777777;

/**
 * The blocks before a member's content: a POSIX.1-1988 ustar header, with a POSIX.1-2001 pax header before it only where
 * ustar cannot say it: a name that is not ASCII or cannot be split, a number over the field.
 */
export function encodeHeader(header: TarHeader): Buffer {
  const records = paxRecords(header);
  const block = ustarBlock(header, splitName(header.name) ?? fallbackName(header));
  if (records.length === 0) return block;
  const body = Buffer.from(records.map(([key, value]) => paxRecord(key, value)).join(""));
  const pax = { ...header, name: PAX_NAME, type: "pax", size: body.length, mode: 0o644, uid: 0, gid: 0 } as const;
  return Buffer.concat([ustarBlock(pax, { name: PAX_NAME, prefix: "" }), padded(body), block]);
}

/** Zeros that fill `size` bytes of content up to whole blocks. */
export function paddingOf(size: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
}

const PAX_NAME = "././@PaxHeader";

interface SplitName {
  readonly name: string;
  readonly prefix: string;
}

function paxRecords({ name, size, uid, gid, mtime }: TarHeader): [string, string][] {
  const records: [string, string][] = [];
  if (splitName(name) === undefined) records.push(["path", name]);
  if (size > MAX_OCTAL_11) records.push(["size", String(size)]);
  if (uid > MAX_OCTAL_7) records.push(["uid", String(uid)]);
  if (gid > MAX_OCTAL_7) records.push(["gid", String(gid)]);
  if (mtime > MAX_OCTAL_11 || mtime < 0) records.push(["mtime", String(mtime)]);
  return records;
}

/** Its own length counts, as decimal text, into the length that a record begins with. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

/** At the last slash that fits, so that equal names are always split alike. */
function splitName(name: string): SplitName | undefined {
  if (!/^[\x20-\x7e]+$/.test(name)) return undefined;
  if (name.length <= NAME_BYTES) return { name, prefix: "" };
  const slash = name.lastIndexOf("/", Math.min(PREFIX_BYTES, name.length - 2));
  const tail = name.length - slash - 1;
  return slash > 0 && tail <= NAME_BYTES ? { name: name.slice(slash + 1), prefix: name.slice(0, slash) } : undefined;
}

/** What a reader without pax sees. */
function fallbackName({ name, type }: TarHeader): SplitName {
  const ascii = name.replace(/[^\x20-\x7e]/gu, "_").slice(0, NAME_BYTES - 1);
  return { name: type === "directory" && !ascii.endsWith("/") ? `${ascii}/` : ascii, prefix: "" };
}

const TYPE_FLAG = { file: "0", directory: "5", pax: "x" } as const;

type UstarHeader = Omit<TarHeader, "type"> & { readonly type: keyof typeof TYPE_FLAG };

function ustarBlock(header: UstarHeader, { name, prefix }: SplitName): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0, "latin1");
  block.write(octal(header.mode, MAX_OCTAL_7, 7), 100);
  block.write(octal(header.uid, MAX_OCTAL_7, 7), 108);
  block.write(octal(header.gid, MAX_OCTAL_7, 7), 116);
  block.write(octal(header.size, MAX_OCTAL_11, 11), 124);
  block.write(octal(header.mtime, MAX_OCTAL_11, 11), 136);
  block.write(TYPE_FLAG[header.type], 156);
  block.write("ustar\x0000", 257, "latin1");
  block.write(octal(0, MAX_OCTAL_7, 7), 329);
  block.write(octal(0, MAX_OCTAL_7, 7), 337);
  block.write(prefix, 345, "latin1");
  // The sum is made with its own field full of blanks.
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** A number over the field stands in the pax header; here it is 0. */
function octal(value: number, max: number, digits: number): string {
  return (value > max || value < 0 ? 0 : value).toString(8).padStart(digits, "0");
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, paddingOf(bytes.length)]);
}
