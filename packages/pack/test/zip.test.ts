import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { unzipSync } from "fflate";
import { sha256 } from "../src/files/content.ts";
import { sourceDateEpoch } from "../src/output/epoch.ts";
import { type ZipFile, zip } from "../src/zip/zip.ts";

const EPOCH = 315_532_800;

function file(path: string, bytes: Uint8Array, executable = false): ZipFile {
  return { path, content: { bytes }, sha256: sha256(bytes), executable };
}

/** Path, mode, method and time of every entry, from the central directory. */
function directoryOf(archive: Buffer) {
  const entries: { path: string; mode: number; method: number; time: number }[] = [];
  let at = archive.readUInt32LE(archive.length - 22 + 16);
  while (archive.readUInt32LE(at) === 0x02014b50) {
    const length = archive.readUInt16LE(at + 28);
    entries.push({
      path: archive.toString("utf8", at + 46, at + 46 + length),
      mode: archive.readUInt32LE(at + 38) >>> 16,
      method: archive.readUInt16LE(at + 10),
      time: archive.readUInt32LE(at + 12),
    });
    at += 46 + length;
  }
  return entries;
}

describe("a zip", () => {
  it("is read by another program as it was written", async () => {
    const path = fc.stringMatching(/^[a-zé漢]{1,8}(\/[a-z.]{1,8}){0,3}$/);
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: 1, maxLength: 3 }).map((part) => Buffer.alloc(5_000, part)),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(path, content, { noNullPrototype: true }), async (files) => {
        const archive = await zip(
          Object.entries(files).map(([name, bytes]) => file(name, bytes)),
          EPOCH,
        );
        const read = unzipSync(archive);
        assert.deepEqual(Object.keys(read).sort(), Object.keys(files).sort());
        for (const [name, bytes] of Object.entries(files))
          assert.ok(Buffer.from(bytes).equals(read[name] as Uint8Array), name);
      }),
    );
  });

  it("does not depend on the order of its files, the time zone or the umask", async () => {
    const files = ["b", "a/z", "a.b", "é", "a/b"].map((path) => file(path, Buffer.from(path.repeat(50))));
    const first = await zip(files, EPOCH);
    const { TZ } = process.env;
    process.env.TZ = "Pacific/Kiritimati";
    const before = process.umask(0o077);
    try {
      assert.ok(first.equals(await zip([...files].reverse(), EPOCH)));
    } finally {
      process.umask(before);
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
    // By bytes: "." before "/", and what is not ASCII last.
    assert.deepEqual(
      directoryOf(first).map(({ path }) => path),
      ["a.b", "a/b", "a/z", "b", "é"],
    );
  });

  it("keeps what compresses and stores what does not, with modes that anybody may read", async () => {
    const random = Buffer.from(Array.from({ length: 64 }, (_, index) => (index * 167 + 13) % 256));
    const archive = await zip(
      [file("plain", Buffer.alloc(900)), file("random", random), file("run", Buffer.from("#!"), true)],
      EPOCH,
    );
    assert.deepEqual(
      directoryOf(archive).map(({ path, mode, method }) => [path, mode.toString(8), method]),
      [
        ["plain", "100644", 8],
        ["random", "100644", 0],
        ["run", "100755", 0],
      ],
    );
  });

  it("has the time it is given, in UTC", async () => {
    // 2001-02-03 04:05:06
    const [entry] = directoryOf(await zip([file("a", Buffer.from("a"))], 981_173_106));
    assert.equal(entry?.time, (((((2001 - 1980) << 9) | (2 << 5) | 3) << 16) | (4 << 11) | (5 << 5) | 3) >>> 0);
  });

  it("refuses more files than the format can hold", async () => {
    const one = file("a", Buffer.from("a"));
    await assert.rejects(
      zip(
        Array.from({ length: 65_535 }, () => one),
        EPOCH,
      ),
      { code: "over-budget" },
    );
  });
});

describe("SOURCE_DATE_EPOCH", () => {
  it("is the time of every file, from 1980 on", () => {
    assert.equal(sourceDateEpoch({}), EPOCH);
    assert.equal(sourceDateEpoch({ SOURCE_DATE_EPOCH: "" }), EPOCH);
    assert.equal(sourceDateEpoch({ SOURCE_DATE_EPOCH: "0" }), EPOCH);
    assert.equal(sourceDateEpoch({ SOURCE_DATE_EPOCH: "1700000000" }), 1_700_000_000);
  });

  for (const value of ["yesterday", "-1", "1.5", "99999999999"]) {
    it(`is refused as ${value}`, () => {
      assert.throws(() => sourceDateEpoch({ SOURCE_DATE_EPOCH: value }), { code: "invalid-option" });
    });
  }
});
