/** A made-up shared library: headers and a dynamic section, and nothing to run. */
export interface MadeUpElf {
  readonly machine: number;
  readonly needs?: readonly string[];
  /** Symbol versions that it asks of the first needed library, such as `GLIBC_2.28`. */
  readonly versions?: readonly string[];
}

const ADDRESS = 0x1000;

/** A 64-bit little-endian ELF file with one segment that is loaded, at an address that is not its offset. */
export function writeElf({ machine, needs = [], versions = [] }: MadeUpElf): Buffer {
  const texts = ["", ...needs, ...versions];
  const offsets: number[] = [];
  let length = 0;
  for (const text of texts) {
    offsets.push(length);
    length += text.length + 1;
  }
  const strings = Buffer.from(`${texts.join("\0")}\0`, "latin1");
  const at = (text: string) => offsets[texts.indexOf(text)] as number;
  const headers = 64 + 2 * 56;
  const need = Buffer.alloc(versions.length === 0 ? 0 : 16 + 16 * versions.length);
  if (versions.length > 0) {
    need.writeUInt16LE(1, 0);
    need.writeUInt16LE(versions.length, 2);
    need.writeUInt32LE(at(needs[0] as string), 4);
    need.writeUInt32LE(16, 8);
    for (const [index, version] of versions.entries()) {
      need.writeUInt32LE(at(version), 16 + 16 * index + 8);
      need.writeUInt32LE(index === versions.length - 1 ? 0 : 16, 16 + 16 * index + 12);
    }
  }
  const needAt = headers + strings.length;
  const dynamicAt = needAt + need.length;
  const entries: [number, number][] = [
    ...needs.map((name): [number, number] => [1, at(name)]),
    [5, headers + ADDRESS],
    ...(versions.length === 0
      ? []
      : ([
          [0x6ffffffe, needAt + ADDRESS],
          [0x6fffffff, 1],
        ] as [number, number][])),
    [0, 0],
  ];
  const dynamic = Buffer.concat(entries.map(([tag, value]) => pair(tag, value)));
  const size = dynamicAt + dynamic.length;
  return Buffer.concat([
    fileHeader(machine),
    segment(1, 0, ADDRESS, size),
    segment(2, dynamicAt, dynamicAt + ADDRESS, dynamic.length),
    strings,
    need,
    dynamic,
  ]);
}

function pair(tag: number, value: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(BigInt(tag), 0);
  bytes.writeBigUInt64LE(BigInt(value), 8);
  return bytes;
}

function fileHeader(machine: number): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.write("\x7fELF\x02\x01\x01", 0, "latin1");
  bytes.writeUInt16LE(3, 16);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(2, 56);
  return bytes;
}

function segment(type: number, offset: number, address: number, size: number): Buffer {
  const bytes = Buffer.alloc(56);
  bytes.writeUInt32LE(type, 0);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeBigUInt64LE(BigInt(address), 16);
  bytes.writeBigUInt64LE(BigInt(size), 32);
  bytes.writeBigUInt64LE(BigInt(size), 40);
  return bytes;
}
