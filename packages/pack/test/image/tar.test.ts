import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Header, Pax } from "tar";
import { encodeHeader, type TarHeader } from "../../src/image/tar/header.ts";
import { readTar, type TarEntry } from "../../src/image/tar/read-tar.ts";
import { type TarMember, writeTar } from "../../src/image/tar/write-tar.ts";
import { untar } from "./support/read-image.ts";

const FILE: TarHeader = { name: "a", type: "file", size: 0, mode: 0o644, uid: 0, gid: 0, mtime: 0 };

async function archiveOf(members: readonly TarMember[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(members)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function listTar(source: AsyncIterable<Uint8Array>): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for await (const entry of readTar(source)) entries.push(entry);
  return entries;
}

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function member(name: string, bytes: Uint8Array, header: Partial<TarHeader> = {}): TarMember {
  return { header: { ...FILE, name, size: bytes.length, ...header }, content: { bytes } };
}

const segment = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/),
  fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }),
  fc.stringMatching(/^[a-z]{90,180}$/),
);
const name = fc
  .array(segment, { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join("/"))
  .filter((path) => !/[\0\\]|^[A-Za-z]:/.test(path) && path.split("/").every((part) => !["", ".", ".."].includes(part)))
  // Readers may normalise what is not a plain relative path.
  .filter((path) => path === path.trim() && !path.endsWith("/") && path.isWellFormed());

test("an independent reader finds every name, mode, owner, time and byte, however long or foreign the name", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, { minLength: 1, maxLength: 6 }),
      fc.uint8Array({ maxLength: 1500 }),
      fc.constantFrom(0o644, 0o755),
      fc.nat({ max: 3_000_000 }),
      fc.nat({ max: 2_000_000_000 }),
      async (names, bytes, mode, uid, mtime) => {
        const archive = await archiveOf(names.map((one) => member(one, bytes, { mode, uid, gid: uid, mtime })));
        assert.equal(archive.length % 512, 0);
        const seen = await untar(archive);
        assert.deepEqual(
          seen.map(({ path }) => path),
          names,
        );
        for (const one of seen) {
          assert.deepEqual(Buffer.compare(one.bytes, bytes), 0);
          assert.deepEqual([one.type, one.mode, one.uid, one.gid, one.mtime], ["File", mode, uid, uid, mtime]);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("our reader finds the same as was written, however the archive is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, { minLength: 1, maxLength: 5 }),
      fc.uint8Array({ maxLength: 1200 }),
      fc.integer({ min: 1, max: 3000 }),
      async (names, bytes, size) => {
        const archive = await archiveOf(names.map((one) => member(one, bytes)));
        const entries = await listTar(cut(archive, size));
        assert.deepEqual(
          entries.map((entry) => entry.name),
          names,
        );
        for (const { start, size: length } of entries) {
          assert.equal(Buffer.compare(archive.subarray(start, start + length), bytes), 0);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("plain names up to 255 bytes need no pax header", () => {
  const split = `${"p".repeat(155)}/${"n".repeat(100)}`;
  assert.equal(encodeHeader({ ...FILE, name: "n".repeat(100) }).length, 512);
  assert.equal(encodeHeader({ ...FILE, name: split }).length, 512);
  assert.equal(encodeHeader({ ...FILE, name: "n".repeat(101) }).length, 3 * 512);
  assert.equal(encodeHeader({ ...FILE, name: `${"p".repeat(156)}/n` }).length, 3 * 512);
  assert.equal(encodeHeader({ ...FILE, name: `${"d/".repeat(127)}`, type: "directory" }).length, 512);
});

test("a size of 8 GiB and more is written as a pax record", () => {
  const small = new Header(encodeHeader({ ...FILE, size: 8 * 2 ** 30 - 1 }), 0);
  assert.equal(small.size, 8 * 2 ** 30 - 1);
  const blocks = encodeHeader({ ...FILE, size: 8 * 2 ** 30 });
  assert.equal(blocks.length, 3 * 512);
  const { size } = new Header(blocks, 0);
  assert.equal(Pax.parse(blocks.toString("utf8", 512, 512 + (size as number))).size, 8 * 2 ** 30);
});

test("a damaged archive is an error, not a shorter list", async () => {
  const archive = await archiveOf([member("a", Buffer.alloc(2000, 1)), member("b", Buffer.alloc(10, 2))]);
  await assert.rejects(listTar(cut(archive.subarray(0, 1000), 512)), /ends inside a member/);
  const flipped = Buffer.from(archive);
  flipped[1] = 0x41;
  await assert.rejects(listTar(cut(flipped, 512)), /checksum/);
});

test("a file that grew since its header was made is an error", async () => {
  const grown: TarMember = { header: { ...FILE, size: 3 }, content: { bytes: Buffer.from("four") } };
  await assert.rejects(archiveOf([grown]), { code: "invalid-option", message: /was 3 bytes .* now more/ });
  const shrunk: TarMember = { header: { ...FILE, size: 5 }, content: { bytes: Buffer.from("four") } };
  await assert.rejects(archiveOf([shrunk]), { code: "invalid-option", message: /was 5 bytes .* now 4/ });
});
