/** One member of a tar archive. The name of a directory ends in `/`; no name begins with `/`. */
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
 * The blocks before a member's content: a POSIX.1-1988 ustar header. A POSIX.1-2001 pax header precedes it only for
 * values that ustar cannot hold: a name that is not ASCII or cannot be split, a number over the field.
 */
export function encodeHeader(header: TarHeader): Buffer {
  const records = paxRecords(header);
  const block = ustarBlock(header, splitName(header.name) ?? fallbackName(header));
  if (records.length === 0) return block;
  const body = Buffer.from(records.map(([key, value]) => paxRecord(key, value)).join(""));
  const pax = { ...header, name: PAX_NAME, type: "pax", size: body.length, mode: 0o644, uid: 0, gid: 0 } as const;
  return Buffer.concat([ustarBlock(pax, { name: PAX_NAME, prefix: "" }), body, paddingOf(body.length), block]);
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
  const numbers = Object.entries({ size, uid, gid, mtime }).filter(
    ([key, value]) => value < 0 || value > (key === "uid" || key === "gid" ? MAX_OCTAL_7 : MAX_OCTAL_11),
  );
  const path: [string, string][] = splitName(name) === undefined ? [["path", name]] : [];
  return [...path, ...numbers.map(([key, value]): [string, string] => [key, String(value)])];
}

/** A record begins with its length in decimal digits, and the length counts these digits too. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

/** Splits at the last slash that fits, so that equal names are always split alike. */
function splitName(name: string): SplitName | undefined {
  if (!/^[\x20-\x7e]+$/.test(name)) return undefined;
  if (name.length <= NAME_BYTES) return { name, prefix: "" };
  const slash = name.lastIndexOf("/", Math.min(PREFIX_BYTES, name.length - 2));
  const tail = name.length - slash - 1;
  return slash > 0 && tail <= NAME_BYTES ? { name: name.slice(slash + 1), prefix: name.slice(0, slash) } : undefined;
}

/** The name for readers without pax. */
function fallbackName({ name, type }: TarHeader): SplitName {
  const ascii = name.replace(/[^\x20-\x7e]/gu, "_").slice(0, NAME_BYTES - 1);
  return { name: type === "directory" && !ascii.endsWith("/") ? `${ascii}/` : ascii, prefix: "" };
}

const TYPE_FLAG = { file: "0", directory: "5", pax: "x" } as const;

type UstarHeader = Omit<TarHeader, "type"> & { readonly type: keyof typeof TYPE_FLAG };

function ustarBlock({ mode, uid, gid, size, mtime, type }: UstarHeader, { name, prefix }: SplitName): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0, "latin1");
  const short = { 100: mode, 108: uid, 116: gid, 329: 0, 337: 0 };
  for (const [at, value] of Object.entries(short)) block.write(octal(value, MAX_OCTAL_7, 7), Number(at));
  block.write(octal(size, MAX_OCTAL_11, 11), 124);
  block.write(octal(mtime, MAX_OCTAL_11, 11), 136);
  block.write(TYPE_FLAG[type], 156);
  block.write("ustar\x0000", 257, "latin1");
  block.write(prefix, 345, "latin1");
  // The checksum counts its own field as blanks.
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** A number over the field is in the pax header; here it is 0. */
function octal(value: number, max: number, digits: number): string {
  return (value > max || value < 0 ? 0 : value).toString(8).padStart(digits, "0");
}
