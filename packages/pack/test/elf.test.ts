import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { checkElf } from "../src/native/check-elf.ts";
import { compareVersions, parseElf, readElf } from "../src/native/elf.ts";
import { writeElf } from "./support/elf-writer.ts";
import { REPOSITORY } from "./support/place.ts";

const RUNTIME = join(REPOSITORY, "node_modules/onnxruntime-node/bin/napi-v6/linux");

describe("ELF headers", () => {
  for (const arch of ["x64", "arm64"] as const) {
    it(`of the runtime for ${arch} have its processor, its libraries and the glibc that it needs`, () => {
      const addon = readElf(join(RUNTIME, arch, "onnxruntime_binding.node"));
      const library = readElf(join(RUNTIME, arch, "libonnxruntime.so.1"));
      assert.equal(addon?.machine, arch);
      assert.ok(addon?.needs.includes("libonnxruntime.so.1") && addon.needs.includes("libc.so.6"));
      assert.equal(library?.machine, arch);
      // The newest that `readelf --version-info` shows.
      assert.equal(library?.glibc, "2.28");
      assert.deepEqual([addon?.musl, library?.musl], [false, false]);
    });
  }

  it("are read at their addresses, with the newest version by number", () => {
    const versions = ["GLIBC_2.4", "GLIBC_2.28", "GLIBC_2.17", "GLIBCXX_3.4.30", "GLIBC_PRIVATE"];
    const elf = parseElf(writeElf({ machine: 183, needs: ["libc.so.6", "libm.so.6"], versions }));
    assert.deepEqual(elf, { machine: "arm64", needs: ["libc.so.6", "libm.so.6"], glibc: "2.28", musl: false });
  });

  it("show musl and other processors", () => {
    assert.equal(parseElf(writeElf({ machine: 62, needs: ["libc.musl-x86_64.so.1"] }))?.musl, true);
    assert.equal(parseElf(writeElf({ machine: 40 }))?.machine, "arm");
    assert.equal(parseElf(writeElf({ machine: 8 }))?.machine, "8");
  });

  it("are missing in anything else", () => {
    assert.equal(parseElf(Buffer.from("MZ")), undefined);
    assert.equal(parseElf(Buffer.alloc(100)), undefined);
  });
});

describe("a native file", () => {
  const system = { name: "Somewhere", arch: "x64", glibc: "2.34" } as const;
  const elf = (made: Parameters<typeof writeElf>[0]) => parseElf(writeElf(made)) ?? assert.fail("no ELF file");
  const refused = (made: Parameters<typeof writeElf>[0], message: RegExp) =>
    assert.throws(
      () => checkElf("a.node", elf(made), system),
      (error: { code?: string; message: string }) => {
        assert.equal(error.code, "wrong-architecture");
        assert.match(error.message, message);
        return true;
      },
    );

  it("that suits the system passes, up to its very glibc", () => {
    checkElf("a.node", elf({ machine: 62, needs: ["libc.so.6"], versions: ["GLIBC_2.34"] }), system);
  });

  it("for another processor, musl or a newer glibc is refused with the way out", () => {
    refused(
      { machine: 183 },
      /it is for arm64, and the target is Somewhere on x64\. .*npm install --os=linux --cpu=x64/,
    );
    refused({ machine: 62, needs: ["libc.musl-x86_64.so.1"] }, /linked against musl, and Somewhere has glibc/);
    refused(
      { machine: 62, needs: ["libc.so.6"], versions: ["GLIBC_2.35"] },
      /needs glibc 2\.35, and Somewhere has 2\.34/,
    );
  });

  it("is not compared with a glibc that is not known yet", () => {
    const newest = elf({ machine: 62, needs: ["libc.so.6"], versions: ["GLIBC_9.99"] });
    checkElf("a.node", newest, { ...system, glibc: undefined });
  });
});

describe("versions", () => {
  it("are compared by their numbers", () => {
    const sorted = ["2.28", "2.9", "2.2.5", "2.34", "2.2"].sort(compareVersions);
    assert.deepEqual(sorted, ["2.2", "2.2.5", "2.9", "2.28", "2.34"]);
  });
});
