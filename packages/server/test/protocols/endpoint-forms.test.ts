import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseWithBareWords } from "../../src/protocols/bare-words.ts";
import { decodeB64, encodeB64 } from "../../src/protocols/kserve-v1/b64.ts";
import { columnsOfRows, nameBareRows, rowsOfColumns } from "../../src/protocols/kserve-v1/columns.ts";
import { chooseForm } from "../../src/protocols/sagemaker/accept.ts";
import { renderAs } from "../../src/protocols/sagemaker/render.ts";

describe("base64 values", () => {
  it("are bytes, or text for models that read text, wherever they stand", () => {
    assert.deepEqual(decodeB64([{ a: { b64: "AQI=" }, n: [1] }], false, ""), [{ a: Buffer.of(1, 2), n: [1] }]);
    assert.deepEqual(decodeB64(["plain", 1, { b64: "aMOp" }], true, ""), ["plain", 1, "hé"]);
    assert.deepEqual(decodeB64({ b64: "aMOp" }, true, ""), "hé");
    assert.deepEqual(decodeB64({ b64: "aMOp", other: 1 }, true, ""), { b64: "aMOp", other: 1 });
    assert.deepEqual(decodeB64({ b64: "YQ" }, true, ""), "a");
  });

  it("that are none, or no text where text is wanted, are refused with their place", () => {
    for (const b64 of [1, "a", "YQ=", "Y Q=", "-_8="])
      assert.throws(() => decodeB64([{ x: { b64 } }], false, "/instances"), /\/instances\/0\/x\/b64: expected base64/);
    assert.throws(() => decodeB64({ b64: "/w==" }, true, ""), /UTF-8 text/);
  });

  it("are not looked for without end", () => {
    const deep = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
    assert.throws(() => decodeB64(deep, true, ""), /nests more than 1000 lists and objects/);
    const words = `${"[".repeat(100_000)}NaN${"]".repeat(100_000)}`;
    assert.throws(
      () => parseWithBareWords(words, { exactIntegers: false, become: "numbers", charge: undefined }),
      /more than 1000/,
    );
  });

  it("come back for bytes, and for members named _bytes", () => {
    const output = { image_bytes: "hi", list_bytes: [1, "a"], label: "x", raw: Uint8Array.of(1), p: [0.5] };
    assert.deepEqual(encodeB64(output), {
      image_bytes: { b64: "aGk=" },
      list_bytes: [1, { b64: "YQ==" }],
      label: "x",
      raw: { b64: "AQ==" },
      p: [0.5],
    });
  });
});

describe("rows and columns", () => {
  it("are each other's turn", () => {
    const columns = { a: [1, 2], b: ["x", "y"] };
    const rows = [
      { a: 1, b: "x" },
      { a: 2, b: "y" },
    ];
    assert.deepEqual(rowsOfColumns(columns), rows);
    assert.deepEqual(columnsOfRows(rows), columns);
    assert.deepEqual(rowsOfColumns([[1], [2]]), [[1], [2]]);
    assert.deepEqual(columnsOfRows([[1], [2]]), [[1], [2]]);
    assert.deepEqual(columnsOfRows([{ a: 1 }, { b: 1 }]), [{ a: 1 }, { b: 1 }]);
  });

  it("have as many rows in each column", () => {
    assert.throws(() => rowsOfColumns({ a: [1], b: [1, 2] }), /\/inputs\/b: expected 1 rows, as "a" has, got 2/);
    assert.throws(() => rowsOfColumns({ a: 1 }), /\/inputs\/a: expected a list, got 1/);
    assert.throws(() => rowsOfColumns({}), /at least one column/);
    assert.throws(() => rowsOfColumns("x"), /lists by name/);
  });

  it("name bare rows only for the one member of an object", () => {
    const column = (...path: string[]) => ({ name: path.join("."), path, datatype: "FP64", shape: [-1] }) as const;
    assert.deepEqual(nameBareRows([1, { x: 2 }], { inputs: [column("x")], outputs: [] }), [{ x: 1 }, { x: 2 }]);
    assert.deepEqual(nameBareRows([1], { inputs: [column()], outputs: [] }), [1]);
    assert.deepEqual(nameBareRows([1], { inputs: [column("x"), column("y")], outputs: [] }), [1]);
  });
});

describe("the form of SageMaker's answers", () => {
  const forms: Readonly<Record<string, string>> = {
    "": "as-is",
    "*/*": "as-is",
    "application/json": "json",
    "text/csv": "csv",
    "application/jsonlines": "jsonlines",
    "application/x-ndjson; charset=utf-8": "jsonlines",
    "image/png, text/csv;q=0.5, application/json;q=0.9": "json",
    "text/csv, application/json": "csv",
    "application/json;q=0, text/csv;q=0.1": "csv",
    "APPLICATION/JSON": "json",
  };
  for (const [accept, form] of Object.entries(forms))
    it(`is ${form} for ${JSON.stringify(accept)}`, () => assert.equal(chooseForm(accept), form));

  it("is refused where there is no such form", () => {
    assert.throws(() => chooseForm("image/png"), /Accept is "image\/png"/);
    assert.throws(() => chooseForm("application/json;q=0"), /Accept/);
  });

  const json = (value: unknown) => ({
    status: 200,
    headers: { "content-type": "application/json", "x-a": "1" },
    body: JSON.stringify(value),
  });

  it("CSV has a row per prediction, flat and quoted", () => {
    const predictions = [{ label: 'a"b', p: [0.5, 1], none: null }, "x,y", true];
    const response = renderAs(json({ predictions }), "csv", () => true);
    assert.equal(response.body, '"a""b",0.5,1,\n"x,y"\ntrue\n');
    assert.deepEqual(response.headers, { "content-type": "text/csv", "x-a": "1" });
  });

  it("JSON Lines have a line per prediction, and keep the digits of large integers", () => {
    assert.equal(renderAs(json({ predictions: [{ a: 1 }, 2] }), "jsonlines", () => true).body, '{"a":1}\n2\n');
    const large = { ...json(0), body: '{"n":9007199254740993}' };
    assert.equal(renderAs(large, "jsonlines", () => false).body, '{"n":9007199254740993}\n');
  });

  it("JSON of lines is the list of them", () => {
    const lines = { status: 200, headers: { "content-type": "application/x-ndjson" }, body: "1\n2\n" };
    assert.equal(renderAs(lines, "json", () => false).body, '{"predictions":[1,2]}');
  });

  it("an output that looks like a list of predictions stays one output", () => {
    assert.equal(renderAs(json({ predictions: [1, 2] }), "jsonlines", () => false).body, '{"predictions":[1,2]}\n');
  });

  it("bytes that a predictor returns stay as they are", () => {
    const bytes = { status: 200, headers: { "content-type": "image/png" }, body: Uint8Array.of(1) };
    assert.equal(
      renderAs(bytes, "csv", () => false),
      bytes,
    );
  });
});
