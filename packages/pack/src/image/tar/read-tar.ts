import { BLOCK_BYTES, type TarHeader } from "./header.ts";

/** A member of an archive of any writer. */
export interface TarEntry extends Omit<TarHeader, "type"> {
  /** Without leading `./` or `/`, and without the final `/` of a directory. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink" | "link" | "other";
  /** The target of a link, as written. */
  readonly linkName: string;
  /** The position of its content in the archive. */
  readonly start: number;
  /** Set for members that `isWanted` selects. */
  readonly content?: Buffer;
}

/**
 * Lists the members of an uncompressed archive. Content is skipped, except for the members that `isWanted` selects.
 * Reads ustar, pax `path`, `linkpath` and `size`, and GNU's long names and base-256 numbers.
 * @throws {Error} for a wrong checksum, or an archive that ends inside a member.
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

type Overrides = Readonly<Record<string, string>>;

async function* readEntries(reader: BlockReader, isWanted: (entry: TarEntry) => boolean): AsyncGenerator<TarEntry> {
  let overrides: Overrides = {};
  for (;;) {
    const block = await reader.read(BLOCK_BYTES);
    if (block === undefined || block.every((byte) => byte === 0)) return;
    const { flag, ...header } = decodeHeader(block);
    if (/^[xgLK]$/.test(flag)) {
      const body = await reader.readExactly(blocksOf(header.size));
      // A global header of an image's tar has only comments, such as git's commit.
      if (flag !== "g") overrides = { ...overrides, ...extension(flag, body.subarray(0, header.size)) };
      continue;
    }
    const entry = { ...toEntry(header, flag, overrides), start: reader.position };
    overrides = {};
    if (isWanted(entry)) {
      yield { ...entry, content: (await reader.readExactly(blocksOf(entry.size))).subarray(0, entry.size) };
    } else {
      yield entry;
      await reader.skip(blocksOf(entry.size));
    }
  }
}

function decodeHeader(block: Buffer) {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (number(block, 148, 8) !== sum) throw new Error("a header's checksum is wrong");
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

type RawHeader = Omit<ReturnType<typeof decodeHeader>, "flag">;

function toEntry(header: RawHeader, flag: string, { path, linkpath, size }: Overrides): Omit<TarEntry, "start"> {
  const name = path ?? header.name;
  return {
    ...header,
    name: name.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, ""),
    type: name.endsWith("/") ? "directory" : (TYPES[flag] ?? "other"),
    size: size === undefined ? header.size : Number(size),
    linkName: linkpath ?? header.linkName,
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

function extension(flag: string, body: Buffer): Overrides {
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
  if (((field[0] as number) & 0x80) !== 0) return field.subarray(1).reduce((total, byte) => total * 256 + byte, 0);
  return Number.parseInt(/[0-7]+/.exec(field.toString("latin1"))?.[0] ?? "0", 8);
}

function blocksOf(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

/** Reads exact amounts from chunks of any size. */
class BlockReader {
  /** Bytes read or skipped so far. */
  position = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** `undefined` at the end of the archive. */
  async read(size: number): Promise<Buffer | undefined> {
    while (this.#rest.length < size) {
      const next = await this.#chunks.next();
      if (next.done === true && this.#rest.length === 0) return undefined;
      if (next.done === true) throw endsInside();
      this.#rest = this.#rest.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#rest, next.value]);
    }
    return this.#take(size);
  }

  async readExactly(size: number): Promise<Buffer> {
    const bytes = await this.read(size);
    if (bytes === undefined) throw endsInside();
    return bytes;
  }

  async skip(size: number): Promise<void> {
    let left = size - this.#take(Math.min(size, this.#rest.length)).length;
    while (left > 0) {
      const next = await this.#chunks.next();
      if (next.done === true) throw endsInside();
      const used = Math.min(left, next.value.length);
      this.#rest = Buffer.from(next.value.buffer, next.value.byteOffset + used, next.value.length - used);
      this.position += used;
      left -= used;
    }
  }

  #take(size: number): Buffer {
    const bytes = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    this.position += size;
    return bytes;
  }
}

function endsInside(): Error {
  return new Error("the archive ends inside a member");
}
