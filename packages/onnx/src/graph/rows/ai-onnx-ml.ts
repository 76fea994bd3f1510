import { TYPE } from "../model.ts";
import type { OperatorCall, Rule, Rules } from "./operator-call.ts";
import { literal, numberOf, type Size } from "./size.ts";
import { mixed, type Rows, type Value } from "./value.ts";

/** [rows, features]: of one dimension the runtime makes a single row. */
function table(call: OperatorCall, index = 0): Rows {
  const value = call.leading(index, 2);
  return value.dims.length === 2 ? value : call.refuse(`has ${value.dims.length} dimensions`);
}

/** Thresholds decide which leaf a row meets, and one thread adds the leaves up in the order of the trees. */
const treeClassifier: Rule = (call) => {
  const value = table(call);
  refuseProbit(call);
  call.decide(value);
  const rows = [{ ...value, rounded: false }];
  const [count] = value.dims;
  const label = call.result(rows, [count!], value.place, { type: labelType(call) });
  return [label, call.result(rows, [count!, call.fresh()], value.place, { type: TYPE.float })];
};

function labelType(call: OperatorCall): number {
  const texts = ["classlabels_strings", "classlabels_strings_"].some((name) => (call.attribute(name)?.texts ?? 0) > 0);
  return texts ? TYPE.string : TYPE.int64;
}

const treeRegressor: Rule = (call) => {
  const value = table(call);
  call.decide(value);
  const dims = [value.dims[0]!, call.size(call.attribute("n_targets")?.int)];
  return call.result([{ ...value, rounded: false }], dims, value.place, {
    type: value.type === TYPE.double ? TYPE.double : TYPE.float,
  });
};

/** With two classes and PROBIT, the runtime returns uninitialised memory as a score (ONNX Runtime 1.30 and 1.32). */
function refuseProbit(call: OperatorCall): void {
  if (call.text("post_transform", "NONE") === "PROBIT")
    call.refuse("returns uninitialised memory as scores (post_transform PROBIT)");
}

/** The label is the class of the highest score, and the last bits of scores depend on the number of rows. */
const scoreClassifier: Rule = (call) => {
  const value = table(call);
  refuseProbit(call);
  const scores = call.result([value], [value.dims[0]!, call.fresh()], value.place, { rounds: true, type: TYPE.float });
  return [
    mixed(`${call.name} decides the label by scores whose last bits may depend on the number of rows in a run`),
    scores,
  ];
};

const scoreRegressor: Rule = (call) => {
  const value = table(call);
  const targets = call.attribute("targets")?.int ?? call.attribute("n_targets")?.int ?? 1;
  return call.result([value], [value.dims[0]!, literal(targets)], value.place, { rounds: true, type: TYPE.float });
};

/** Numbers for each feature, or one for all. */
function features(rounds: boolean, type?: number): Rule {
  return (call) => {
    return call.sameShape(table(call), { rounds, type });
  };
}

const imputer: Rule = (call) => {
  const value = table(call);
  call.decide(value);
  return call.sameShape(value);
};

/** One element for each category, along a new last axis. */
const oneHotEncoder: Rule = (call) => {
  const value = call.rows(0);
  call.decide(value);
  const [numbers, texts] = [call.attribute("cats_int64s"), call.attribute("cats_strings")];
  const categories = texts?.isLong ? undefined : (numbers?.ints?.length ?? texts?.texts);
  const dims = [...value.dims, call.size(categories)];
  return call.result([{ ...value, rounded: false }], dims, value.place, { type: TYPE.float });
};

const featureVectorizer: Rule = (call) => {
  const values = call.inputs.map((_, index) => table(call, index));
  // What is wider is cut, and what is less wide is filled up.
  const widths = call.ints("inputdimensions") ?? values.map(({ dims }) => numberOf(dims[1]));
  const width: Size = widths.every((one) => one !== undefined)
    ? literal((widths as number[]).reduce((sum, one) => sum + one, 0))
    : call.fresh();
  return call.result(values, [values[0]!.dims[0]!, width], values[0]!.place, { type: TYPE.float });
};

/** Picks along the last axis. */
const featureExtractor: Rule = (call) => {
  const value = call.onlyRows();
  const last = value.dims.length - 1;
  call.keepOff(value, last);
  const picked: Value = call.input(1);
  const count = picked.kind === "fixed" && picked.dims?.length === 1 ? picked.dims[0] : undefined;
  return call.resized(value, last, count ?? call.fresh());
};

/** How often each row has each n-gram. */
const termFrequency: Rule = (call) => {
  const value = table(call);
  return call.result([value], [value.dims[0]!, call.fresh()], value.place, { type: TYPE.float });
};

/** Changes the case of each text; stop words are taken out of the list, which has one text for each row. */
const normalizer: Rule = (call) => {
  const value = call.rows(0);
  if ((call.attribute("stopwords")?.texts ?? 0) > 0) call.refuse("takes texts out of the list");
  return value;
};

export const AI_ONNX_ML: Rules = {
  "ai.onnx.ml:TreeEnsemble": treeRegressor,
  "ai.onnx.ml:TreeEnsembleClassifier": treeClassifier,
  "ai.onnx.ml:TreeEnsembleRegressor": treeRegressor,
  "ai.onnx.ml:LinearClassifier": scoreClassifier,
  "ai.onnx.ml:LinearRegressor": scoreRegressor,
  "ai.onnx.ml:SVMClassifier": scoreClassifier,
  "ai.onnx.ml:SVMRegressor": scoreRegressor,
  "ai.onnx.ml:Normalizer": features(true, TYPE.float),
  "ai.onnx.ml:Scaler": features(false, TYPE.float),
  "ai.onnx.ml:Imputer": imputer,
  "ai.onnx.ml:OneHotEncoder": oneHotEncoder,
  "ai.onnx.ml:FeatureVectorizer": featureVectorizer,
  "ai.onnx.ml:ArrayFeatureExtractor": featureExtractor,
  TfIdfVectorizer: termFrequency,
  StringNormalizer: normalizer,
};
