import { BLOCK_BYTES } from "./header.ts";

/** A member of an archive of any writer. */
export interface TarEntry {
  /** Without leading `./` or `/`, and without the slash that ends a directory's name. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink" | "link" | "other";
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  /** What a link points to, as written. */
  readonly linkName: string;
  /** Where its content begins in the archive. */
  readonly start: number;
  /** Of a member that was wanted. */
  readonly content?: Buffer;
}

/**
 * Lists the members of an uncompressed archive and skips their content, but for those that are wanted.
 * Understands ustar, pax `path`, `linkpath` and `size`, and GNU's long names and base-256 numbers.
 * @throws {Error} for a checksum that is wrong or an archive that ends inside a member.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  isWanted: (entry: TarEntry) => boolean = () => false,
): AsyncGenerator<TarEntry> {
  const reader = new BlockReader(source);
  try {
    yield* readEntries(reader, isWanted);
  } finally {
    await reader.close();
  }
}

async function* readEntries(reader: BlockReader, isWanted: (entry: TarEntry) => boolean): AsyncGenerator<TarEntry> {
  let overrides: Readonly<Record<string, string>> = {};
  for (;;) {
    const block = await reader.read(BLOCK_BYTES);
    if (block === undefined || block.every((byte) => byte === 0)) return;
    const header = decodeHeader(block);
    const size = overrides.size === undefined ? header.size : Number(overrides.size);
    if (header.flag === "x" || header.flag === "g" || header.flag === "L" || header.flag === "K") {
      const body = await reader.readExactly(blocksOf(header.size));
      // A global header of an image's tar holds comments only, such as git's commit.
      if (header.flag !== "g") overrides = { ...overrides, ...extension(header.flag, body.subarray(0, header.size)) };
      continue;
    }
    const entry = { ...toEntry(header, overrides), size, start: reader.position };
    overrides = {};
    if (isWanted(entry)) {
      yield { ...entry, content: (await reader.readExactly(blocksOf(size))).subarray(0, size) };
    } else {
      yield entry;
      await reader.skip(blocksOf(size));
    }
  }
}

interface RawHeader {
  readonly name: string;
  readonly linkName: string;
  readonly flag: string;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
}

function decodeHeader(block: Buffer): RawHeader {
  const stored = number(block, 148, 8);
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (stored !== sum) throw new Error("a header's checksum is wrong");
  const isPosix = block.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isPosix ? text(block, 345, 155) : "";
  const name = text(block, 0, 100);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    linkName: text(block, 157, 100),
    flag: String.fromCharCode(block[156] as number),
    size: number(block, 124, 12),
    mode: number(block, 100, 8),
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    mtime: number(block, 136, 12),
  };
}

function toEntry(header: RawHeader, overrides: Readonly<Record<string, string>>): Omit<TarEntry, "size" | "start"> {
  const name = overrides.path ?? header.name;
  return {
    name: name.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, ""),
    type: name.endsWith("/") ? "directory" : (TYPES[header.flag] ?? "other"),
    mode: header.mode,
    uid: header.uid,
    gid: header.gid,
    mtime: header.mtime,
    linkName: overrides.linkpath ?? header.linkName,
  };
}

const TYPES: Readonly<Record<string, TarEntry["type"]>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "link",
  "2": "symlink",
  "5": "directory",
};

function extension(flag: string, body: Buffer): Record<string, string> {
  if (flag === "L") return { path: text(body, 0, body.length) };
  if (flag === "K") return { linkpath: text(body, 0, body.length) };
  const records: Record<string, string> = {};
  for (let at = 0; at < body.length; ) {
    const blank = body.indexOf(0x20, at);
    const length = Number(body.toString("latin1", at, blank));
    if (blank === -1 || !(length > 0)) throw new Error("a pax header cannot be read");
    const record = body.toString("utf8", blank + 1, at + length - 1);
    const equals = record.indexOf("=");
    records[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return records;
}

function text(block: Buffer, start: number, length: number): string {
  const end = block.indexOf(0, start);
  return block.toString("utf8", start, end === -1 || end > start + length ? start + length : end);
}

/** Octal text, or base 256 when the first bit is set. */
function number(block: Buffer, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  if (((field[0] as number) & 0x80) !== 0) {
    return field.subarray(1).reduce((total, byte) => total * 256 + byte, 0);
  }
  return Number.parseInt(/[0-7]+/.exec(field.toString("latin1"))?.[0] ?? "0", 8);
}

function blocksOf(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Takes exact amounts out of chunks of any size. */
class BlockReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);
  #position = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Bytes handed out or skipped so far. */
  get position(): number {
    return this.#position;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** `undefined` at the end of the archive. */
  async read(size: number): Promise<Buffer | undefined> {
    while (this.#rest.length < size) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        if (this.#rest.length === 0) return undefined;
        throw new Error("the archive ends inside a member");
      }
      this.#rest = this.#rest.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#rest, next.value]);
    }
    return this.#take(size);
  }

  async readExactly(size: number): Promise<Buffer> {
    const bytes = size === 0 ? Buffer.alloc(0) : await this.read(size);
    if (bytes === undefined) throw new Error("the archive ends inside a member");
    return bytes;
  }

  async skip(size: number): Promise<void> {
    let left = size - this.#take(Math.min(size, this.#rest.length)).length;
    while (left > 0) {
      const next = await this.#chunks.next();
      if (next.done === true) throw new Error("the archive ends inside a member");
      const used = Math.min(left, next.value.length);
      this.#rest = Buffer.from(next.value.buffer, next.value.byteOffset + used, next.value.length - used);
      this.#position += used;
      left -= used;
    }
  }

  #take(size: number): Buffer {
    const bytes = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    this.#position += size;
    return bytes;
  }
}
