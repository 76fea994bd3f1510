import assert from "node:assert/strict";
import { test } from "node:test";
import { type Analyse, compare } from "./comparison.ts";
import type { Corpus, JudgedModel } from "./corpus.ts";
import { failuresOf, sharesOf } from "./report.ts";

const INDEPENDENT = { independent: true };
const DEPENDENT = { independent: false, counterExample: "row 0 differs" };
const SUMMARY = { cases: 0, dropped: {}, composedDropped: [], ended: [], untried: {}, skipped: {} };
const MODEL = { number: 0, kind: "operator", domain: "", opset: 21, setting: "x: float32[N]" } as const;

function model(op: string, outputs: JudgedModel["outputs"], rest: Partial<JudgedModel> = {}): JudgedModel {
  return { ...MODEL, op, file: `models/${op}.onnx`, outputs, ...rest };
}

function failures(models: readonly JudgedModel[], analyse: Analyse): string[] {
  const corpus: Corpus = { folder: "", models, summary: SUMMARY, isWhole: true };
  return failuresOf(compare(models, analyse), corpus).filter((one) => !one.includes("operators of the standard"));
}

test("an output called independent that the referee found dependent is a failure with its counter-example", () => {
  const [found, ...others] = failures([model("Softmax", { y: DEPENDENT }), model("Relu", { y: INDEPENDENT })], () => ({
    y: true,
  }));
  assert.match(found ?? "", /called independent, but is not: Softmax, output y[\s\S]*row 0 differs/);
  assert.deepEqual(others, []);
});

test("an independent output that is not recognised lowers both shares", () => {
  const models = [
    model("Relu", { y: INDEPENDENT }),
    model("Neg", { y: INDEPENDENT }),
    model("Neg", { y: INDEPENDENT }),
  ];
  const comparison = compare(models, ({ op }) => ({ y: op === "Relu" ? true : "not known" }));
  assert.deepEqual(sharesOf(comparison), { standardOperators: 2, ofOperators: 1 / 2, ofSettings: 1 / 3 });
});

test("an operator without an independent setting counts as tried and in no share", () => {
  const models = [model("CumSum", { y: DEPENDENT }), model("Relu", { y: INDEPENDENT })];
  const comparison = compare(models, ({ op }) => ({ y: op === "Relu" ? true : "adds up rows" }));
  assert.deepEqual(sharesOf(comparison), { standardOperators: 2, ofOperators: 1, ofSettings: 1 });
});

test("an output that the analysis leaves out, and a model that it refuses, are failures", () => {
  const refuse = () => {
    throw new Error("no ONNX file");
  };
  assert.match(failures([model("Relu", { y: DEPENDENT })], () => ({}))[0] ?? "", /no verdict: Relu, output y/);
  assert.match(failures([model("Relu", { y: DEPENDENT })], refuse)[0] ?? "", /throws Error: no ONNX file/);
});

test("a composed graph whose author and referee disagree is a failure", () => {
  const disputed = model("mean over rows", { y: INDEPENDENT }, { kind: "composed", expected: { y: false } });
  const [found] = failures([disputed, model("Relu", { y: INDEPENDENT })], () => ({ y: true }));
  assert.match(found ?? "", /composed mean over rows, output y[\s\S]*its author says dependent/);
});
