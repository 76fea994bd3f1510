import { readFileSync, statSync } from "node:fs";
import { remember } from "../files/remember.ts";

/** The facts in an ELF file that decide which systems can load it. */
export interface ElfFile {
  /** A name of `process.arch`, or the number `e_machine` for processors without such a name. */
  readonly machine: string;
  /** The libraries that it needs (`DT_NEEDED`). */
  readonly needs: readonly string[];
  /** The newest `GLIBC_x.y` symbol version that it needs, such as `"2.28"`. */
  readonly glibc: string | undefined;
  /** Linked against musl's C library. Systems with glibc do not have it. */
  readonly musl: boolean;
}

/** `e_machine` of the System V ABI, for the processors that Node runs on. */
const MACHINES: Readonly<Record<number, string>> = { 3: "ia32", 40: "arm", 62: "x64", 183: "arm64", 243: "riscv64" };

const LOAD = 1;
const DYNAMIC = 2;
const NEEDED = 1n;
const STRING_TABLE = 5n;
const VERSION_NEEDS = 0x6ffffffen;
const VERSION_NEED_COUNT = 0x6fffffffn;

/** By path, size and time of change: every artefact has the same runtime of 46 MB. */
const known = new Map<string, ElfFile | undefined>();

/** `undefined` for a file of another format. */
export function readElf(path: string): ElfFile | undefined {
  const { size, mtimeMs } = statSync(path);
  return remember(known, `${path} ${size} ${mtimeMs}`, () => parseElf(readFileSync(path)));
}

/**
 * Reads a 64-bit little-endian ELF file. For others it reads the machine only.
 * Layout: the System V ABI's "ELF header", "Program header" and "Dynamic section", and the Linux Standard Base's
 * "Symbol versioning".
 */
export function parseElf(bytes: Uint8Array): ElfFile | undefined {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || file.getUint32(0) !== 0x7f454c46) return undefined;
  const isLittle = bytes[5] === 1;
  const number = file.getUint16(18, isLittle);
  const machine = MACHINES[number] ?? String(number);
  if (bytes[4] !== 2 || !isLittle) return { machine, needs: [], glibc: undefined, musl: false };
  return { machine, ...readDynamic(file) };
}

type Segment = ReturnType<typeof readSegments>[number];

function readDynamic(file: DataView): Omit<ElfFile, "machine"> {
  const segments = readSegments(file);
  const dynamic = segments.find(({ type }) => type === DYNAMIC);
  const entries = dynamic === undefined ? [] : readEntries(file, dynamic);
  const value = (tag: bigint) => entries.find((entry) => entry.tag === tag)?.value;
  const strings = toOffset(segments, value(STRING_TABLE));
  if (strings === undefined) return { needs: [], glibc: undefined, musl: false };
  const needs = entries.filter(({ tag }) => tag === NEEDED).map((entry) => readText(file, strings + entry.value));
  const versions = toOffset(segments, value(VERSION_NEEDS));
  const names = versions === undefined ? [] : readVersions(file, versions, value(VERSION_NEED_COUNT) ?? 0, strings);
  return {
    needs,
    glibc: newestGlibc(names),
    musl: needs.some((name) => /^(libc\.musl-|ld-musl-|libc\.so$)/.test(name)),
  };
}

function readSegments(file: DataView) {
  const table = Number(file.getBigUint64(32, true));
  const size = file.getUint16(54, true);
  return Array.from({ length: file.getUint16(56, true) }, (_, index) => {
    const at = table + index * size;
    return {
      type: file.getUint32(at, true),
      offset: Number(file.getBigUint64(at + 8, true)),
      address: Number(file.getBigUint64(at + 16, true)),
      size: Number(file.getBigUint64(at + 32, true)),
    };
  });
}

function readEntries(file: DataView, { offset, size }: Segment): { readonly tag: bigint; readonly value: number }[] {
  return Array.from({ length: size / 16 }, (_, index) => ({
    tag: file.getBigUint64(offset + index * 16, true),
    value: Number(file.getBigUint64(offset + index * 16 + 8, true)),
  }));
}

/** Dynamic entries hold addresses. The segment that is loaded there has the offset in the file. */
function toOffset(segments: readonly Segment[], address: number | undefined): number | undefined {
  if (address === undefined) return undefined;
  const home = segments.find((one) => one.type === LOAD && address >= one.address && address < one.address + one.size);
  return home === undefined ? undefined : address - home.address + home.offset;
}

/** `Elf64_Verneed` records, each with a chain of `Elf64_Vernaux`. */
function readVersions(file: DataView, start: number, count: number, strings: number): string[] {
  const names: string[] = [];
  let need = start;
  for (let index = 0; index < count; index++) {
    let auxiliary = need + file.getUint32(need + 8, true);
    for (let left = file.getUint16(need + 2, true); left > 0; left--) {
      names.push(readText(file, strings + file.getUint32(auxiliary + 8, true)));
      auxiliary += file.getUint32(auxiliary + 12, true);
    }
    need += file.getUint32(need + 12, true);
  }
  return names;
}

function readText(file: DataView, at: number): string {
  let end = at;
  while (file.getUint8(end) !== 0) end++;
  return Buffer.from(file.buffer, file.byteOffset + at, end - at).toString("latin1");
}

function newestGlibc(names: readonly string[]): string | undefined {
  const versions = names.flatMap((name) => /^GLIBC_(\d+(?:\.\d+)+)$/.exec(name)?.[1] ?? []);
  return versions.sort(compareVersions).at(-1);
}

/** Compares number by number: 2.9 sorts before 2.28. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
