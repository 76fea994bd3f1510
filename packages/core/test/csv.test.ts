import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor, TricastError } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import fc from "fast-check";
import { jsonOf, post } from "./support/calls.ts";

const rows = createService(definePredictor({ name: "rows", predict: (row: unknown) => row }));

async function parsed(text: string, type = "text/csv"): Promise<unknown> {
  return jsonOf(await post(rows, text, { "content-type": type })).predictions;
}

async function refused(text: string, type = "text/csv"): Promise<string> {
  const response = await post(rows, text, { "content-type": type });
  const { code, detail } = jsonOf(response);
  assert.deepEqual([response.status, code], [400, "invalid-body"]);
  return detail;
}

test("cells are numbers where they read as one and text elsewhere", async () => {
  assert.deepEqual(await parsed("1,-2.5,+3,.5,1e3,4., 7 \na,1a,0x10,1_000,Infinity,NaN,-\n"), [
    [1, -2.5, 3, 0.5, 1000, 4, 7],
    ["a", "1a", "0x10", "1_000", "Infinity", "NaN", "-"],
  ]);
});

test("a quoted number is text", async () => {
  assert.deepEqual(await parsed('"1",1\n'), [["1", 1]]);
});

test("an integer that a number cannot hold keeps its digits as text, and so does one beyond all numbers", async () => {
  assert.deepEqual(await parsed("9007199254740991,9007199254740993,1e999\n"), [
    [9007199254740991, "9007199254740993", "1e999"],
  ]);
});

test("line ends may be LF, CRLF or CR, with or without one at the end; empty lines count for nothing", async () => {
  for (const text of ["1,2\n3,4", "1,2\r\n3,4\r\n", "1,2\r3,4\r", "\n1,2\n\n\n3,4\n\n"]) {
    assert.deepEqual(await parsed(text), [
      [1, 2],
      [3, 4],
    ]);
  }
});

test("quoted cells hold commas, line ends and doubled quotes", async () => {
  assert.deepEqual(await parsed('"a,b","c\r\nd","say ""hi""",""\n""\n'), [["a,b", "c\r\nd", 'say "hi"', ""], [""]]);
});

test("empty cells are empty text, first, last and alone", async () => {
  assert.deepEqual(await parsed(",1,\n,\n1,"), [
    ["", 1, ""],
    ["", ""],
    [1, ""],
  ]);
});

test("any table survives being written and read", async () => {
  const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "é", "1", "😀") });
  const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(table, fc.constantFrom("\n", "\r\n"), async (written, end) => {
      const line = (row: string[]) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(",");
      assert.deepEqual(await parsed(written.map(line).join(end)), written);
    }),
  );
});

test("any numbers survive being written and read", async () => {
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  await fc.assert(
    fc.asyncProperty(fc.array(number, { minLength: 1 }), async (written) => {
      const expected = written.map((value) => (Object.is(value, -0) ? 0 : inText(value)));
      assert.deepEqual(await parsed(written.join(",")), [expected]);
    }),
  );
});

/** A large double prints as an integer that is not exact, which stays text. */
function inText(value: number): number | string {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(String(value))
    ? String(value)
    : value;
}

test("with a header rows are records, and header names are never numbers", async () => {
  for (const type of ["text/csv; header=present", 'text/csv;charset=utf-8; HEADER="present"']) {
    assert.deepEqual(await parsed('width,007,"a,b"\n1,x,\n', type), [{ width: 1, "007": "x", "a,b": "" }]);
  }
  assert.deepEqual(await parsed("width\n1\n", "text/csv; header=absent"), [["width"], [1]]);
  assert.deepEqual(await parsed("width\n", "text/csv; header=present"), []);
});

test("no text at all is no rows, unless a header was promised", async () => {
  assert.deepEqual(await parsed(""), []);
  assert.match(await refused("", "text/csv; header=present"), /empty, but header=present promises a header/);
});

test("a malformed document is refused with the place", async () => {
  assert.match(
    await refused('1,2\n3,"4\n5\n'),
    /^CSV line 2: the quote that opens here is never closed; close it, and double each quote in the cell$/,
  );
  assert.match(
    await refused('1\n"2"3\n'),
    /^CSV line 2: "3" follows a closing quote; put a comma or a line end there$/,
  );
  assert.match(await refused("a,b\n1,2\n3\n", "text/csv; header=present"), /^CSV row 2 has 1 cells; the header has 2$/);
  assert.match(
    await refused("a,a\n1,2\n", "text/csv; header=present"),
    /^The CSV header has "a" twice; name each column once$/,
  );
});

test("fromCsvRow makes the input, and what it throws is the row's error", async () => {
  const service = createService(
    definePredictor({
      name: "rows",
      fromCsvRow: (row) => {
        const [first] = row as readonly unknown[];
        if (first === "bad") throw new Error("secret");
        if (first === "coded") throw new TricastError("invalid-input", "coded is not a row");
        return { first };
      },
      predict: (input: { first: unknown }) => input.first,
    }),
  );
  const answer = async (text: string) => jsonOf(await post(service, text, { "content-type": "text/csv" }));
  assert.deepEqual(await answer("1,2\n3,4"), { predictions: [1, 3] });
  assert.equal((await answer("1\nbad")).detail, "CSV row 2 cannot be converted to an input");
  assert.equal((await answer("coded")).detail, "coded is not a row");
});
