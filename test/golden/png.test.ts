import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { isTricastError } from "@tricast/core";
import fc from "fast-check";
import { decode as decodeWithFastPng, encode } from "fast-png";
import { decodePng, MAX_PIXELS } from "../../handlers/digits/png.ts";
import {
  chunk,
  filterRows,
  headerChunk,
  join,
  packRows,
  pixelBytes,
  SIGNATURE,
  type Sketch,
  writePng,
} from "./write-png.ts";

const sizes = fc.record({ width: fc.integer({ min: 1, max: 21 }), height: fc.integer({ min: 1, max: 21 }) });

function sketches(depths: readonly Sketch["depth"][], channels: readonly Sketch["channels"][]): fc.Arbitrary<Sketch> {
  return fc
    .tuple(sizes, fc.constantFrom(...depths), fc.constantFrom(...channels))
    .chain(([{ width, height }, depth, count]) => {
      const length = width * height * count;
      return fc
        .array(fc.integer({ min: 0, max: 2 ** depth - 1 }), { minLength: length, maxLength: length })
        .map((samples) => ({ width, height, depth, channels: count, samples }));
    });
}

function assertDecodesTo(file: Uint8Array, sketch: Sketch): void {
  const { width, height, depth, channels, samples } = sketch;
  const picture = decodePng(file);
  assert.deepEqual([picture.width, picture.height], [width, height]);
  const max = 2 ** depth - 1;
  for (let i = 0; i < width * height; i++) {
    const pixel = samples.slice(i * channels, (i + 1) * channels).map((sample) => sample / max);
    const [red, green, blue] = channels > 2 ? pixel : [pixel[0], pixel[0], pixel[0]];
    const light = 0.299 * red! + 0.587 * green! + 0.114 * blue!;
    assert.ok(Math.abs(picture.light[i]! - light) < 1e-6, `lightness of pixel ${i}: ${picture.light[i]} for ${light}`);
    const alpha = channels % 2 === 0 ? pixel.at(-1)! : 1;
    assert.ok(Math.abs(picture.alpha[i]! - alpha) < 1e-6, `opacity of pixel ${i}: ${picture.alpha[i]} for ${alpha}`);
  }
}

test("reads what fast-png writes: every channel count, 8 and 16 bits, plain and interlaced", () => {
  fc.assert(
    fc.property(sketches([8, 16], [1, 2, 3, 4]), fc.constantFrom("null", "Adam7"), (sketch, interlace) => {
      const data = sketch.depth === 16 ? Uint16Array.from(sketch.samples) : Uint8Array.from(sketch.samples);
      assertDecodesTo(encode({ ...sketch, data }, { interlace }), sketch);
    }),
    { numRuns: 300 },
  );
});

test("undoes every row filter at every depth, as fast-png does", () => {
  fc.assert(
    fc.property(
      fc.oneof(sketches([1, 2, 4, 8, 16], [1]), sketches([8, 16], [2, 3, 4])),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 21, maxLength: 21 }),
      (sketch, filters) => {
        const rows = packRows(sketch);
        const file = writePng(sketch, filterRows(rows, pixelBytes(sketch), filters));
        assertDecodesTo(file, sketch);
        assert.deepEqual(bigEndian(decodeWithFastPng(file).data), Uint8Array.from(rows.flat()));
      },
    ),
    { numRuns: 300 },
  );
});

test("looks colours up in a palette, with and without transparency", () => {
  const palette = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];
  const sketch: Sketch = { width: 5, height: 1, depth: 2, channels: 1, samples: [0, 1, 2, 3, 0] };
  const data = filterRows(packRows(sketch), 1, [0]);
  const solid = decodePng(writePng(sketch, data, { colour: 3, extra: [chunk("PLTE", palette)] }));
  assert.deepEqual([...solid.light].map(round), [0.299, 0.587, 0.114, 1, 0.299]);
  assert.deepEqual([...solid.alpha], [1, 1, 1, 1, 1]);
  const clear = decodePng(
    writePng(sketch, data, { colour: 3, extra: [chunk("PLTE", palette), chunk("tRNS", [0, 51])] }),
  );
  assert.deepEqual([...clear.alpha].map(round), [0, 0.2, 1, 1, 0]);
});

test("takes the one transparent colour of a grey and of a coloured picture", () => {
  const grey: Sketch = { width: 3, height: 1, depth: 8, channels: 1, samples: [7, 9, 7] };
  const greyFile = writePng(grey, filterRows(packRows(grey), 1, [0]), { extra: [chunk("tRNS", [0, 7])] });
  assert.deepEqual([...decodePng(greyFile).alpha], [0, 1, 0]);
  const coloured: Sketch = { width: 2, height: 1, depth: 8, channels: 3, samples: [1, 2, 3, 1, 2, 4] };
  const colouredFile = writePng(coloured, filterRows(packRows(coloured), 3, [0]), {
    extra: [chunk("tRNS", [0, 1, 0, 2, 0, 3])],
  });
  assert.deepEqual([...decodePng(colouredFile).alpha], [0, 1]);
});

test("joins pixel data that is split over several chunks", () => {
  const sketch: Sketch = { width: 2, height: 2, depth: 8, channels: 1, samples: [0, 51, 102, 255] };
  const data = deflateSync(Uint8Array.from(filterRows(packRows(sketch), 1, [0, 0])));
  const parts = [...data].map((byte) => chunk("IDAT", [byte]));
  assertDecodesTo(join([SIGNATURE, headerChunk(sketch, 0), ...parts, chunk("IEND", [])]), sketch);
});

const small: Sketch = { width: 2, height: 2, depth: 8, channels: 1, samples: [0, 1, 2, 3] };
const smallRows = filterRows(packRows(small), 1, [0, 0]);
const smallFile = writePng(small, smallRows);

const REFUSED: readonly (readonly [why: string, file: Uint8Array, says: RegExp])[] = [
  ["an empty body", new Uint8Array(), /PNG signature/],
  ["a JPEG", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70), /PNG signature/],
  ["a file cut in its header", smallFile.subarray(0, 20), /IEND|cut off/],
  ["a file cut in its pixel data", smallFile.subarray(0, smallFile.length - 20), /IDAT chunk is cut off/],
  ["no header", join([SIGNATURE, chunk("IEND", [])]), /no IHDR/],
  ["no width", writePng({ ...small, width: 0 }, []), /0 x 2 pixels/],
  ["more pixels than allowed", writePng({ ...small, width: 4096, height: 4096 }, []), /4096 x 4096 .* at most 4000000/],
  ["3 bits a channel", writePng({ ...small, depth: 3 as 4 }, smallRows), /colour type 0 with 3 bits/],
  ["an unknown colour type", writePng(small, smallRows, { colour: 5 }), /colour type 5/],
  ["a palette picture without palette", writePng(small, smallRows, { colour: 3 }), /no palette/],
  [
    "a colour outside the palette",
    writePng(small, smallRows, { colour: 3, extra: [chunk("PLTE", [1, 2, 3])] }),
    /colour 1/,
  ],
  ["too little pixel data", writePng(small, smallRows.slice(0, 3)), /3 bytes of pixel data; its header needs 6/],
  ["a row filter of number 5", writePng(small, [5, ...smallRows.slice(1)]), /row filter 5/],
  [
    "pixel data that is not zlib",
    join([SIGNATURE, headerChunk(small, 0), chunk("IDAT", [1, 2, 3]), chunk("IEND", [])]),
    /inflated/,
  ],
];

for (const [why, file, says] of REFUSED) {
  test(`refuses ${why}`, () => {
    assert.throws(
      () => decodePng(file),
      (error) => {
        assert.ok(isTricastError(error));
        assert.equal(error.code, "invalid-body");
        assert.match(error.message, says);
        return true;
      },
    );
  });
}

test("inflates no more than the header promises, whatever the file holds", () => {
  const bomb = writePng(small, new Uint8Array(200_000_000));
  assert.ok(bomb.length < 250_000);
  const before = process.memoryUsage().rss;
  assert.throws(() => decodePng(bomb), {
    code: "invalid-body",
    message: /cannot be inflated to the size in its header/,
  });
  assert.ok(process.memoryUsage().rss - before < 20_000_000);
});

test("never throws anything but invalid-body on damaged files", () => {
  const whole = encode({ width: 8, height: 8, channels: 4, data: new Uint8Array(256).fill(90) });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.integer({ min: 0, max: whole.length }),
      (changes, length) => {
        const file = whole.slice();
        for (const [at, byte] of changes) file[at] = byte;
        try {
          const { width, height } = decodePng(file.subarray(0, length > whole.length / 2 ? whole.length : length));
          assert.ok(width * height <= MAX_PIXELS);
        } catch (error) {
          assert.ok(isTricastError(error), String(error));
          assert.equal(error.code, "invalid-body");
        }
      },
    ),
    { numRuns: 2000 },
  );
});

function bigEndian(data: Uint8Array | Uint8ClampedArray | Uint16Array): Uint8Array {
  if (data instanceof Uint16Array) return Uint8Array.from([...data].flatMap((sample) => [sample >> 8, sample & 255]));
  return Uint8Array.from(data);
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
