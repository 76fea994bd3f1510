import { TYPE } from "../model.ts";
import { type OperatorCall, type ResultOptions, type Rule, type Rules, rulesFor } from "./operator-call.ts";
import { numbersOf } from "./size.ts";
import { mixed, type Rows } from "./value.ts";

/** [rows, features]. The runtime treats one dimension as a single row. */
function table(call: OperatorCall, index = 0): Rows {
  const value = call.leading(index, 2);
  return value.dims.length === 2 ? value : call.refuse(`has ${value.dims.length} dimensions`);
}

/** Each row becomes `width` values. */
function tableOf(call: OperatorCall, value: Rows, width: number | undefined, options: ResultOptions): Rows {
  return call.resultOf(value, [value.dims[0]!, call.size(width)], options);
}

/** Rows whose comparisons do not depend on last bits. */
function compared(call: OperatorCall, value: Rows): Rows {
  call.decide(value);
  return { ...value, rounded: false };
}

/** Thresholds choose the leaf of a row, and one thread adds the leaves up in the order of the trees. */
const treeClassifier: Rule = (call) => {
  const value = table(call);
  refuseProbit(call);
  const rows = compared(call, value);
  const label = call.resultOf(rows, value.dims.slice(0, 1), { type: labelType(call) });
  return [label, tableOf(call, rows, undefined, { type: TYPE.float })];
};

function labelType(call: OperatorCall): number {
  const texts = ["classlabels_strings", "classlabels_strings_"].some((name) => (call.attribute(name)?.texts ?? 0) > 0);
  return texts ? TYPE.string : TYPE.int64;
}

const treeRegressor: Rule = (call) => {
  const value = table(call);
  const type = value.type === TYPE.double ? TYPE.double : TYPE.float;
  return tableOf(call, compared(call, value), call.attribute("n_targets")?.int, { type });
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
  const scores = tableOf(call, value, undefined, { rounds: true, type: TYPE.float });
  const why = "chooses the label by scores whose last bits may depend on the number of rows in a run";
  return [mixed(`${call.name} ${why}`), scores];
};

const scoreRegressor: Rule = (call) => {
  const targets = call.attribute("targets")?.int ?? call.attribute("n_targets")?.int ?? 1;
  return tableOf(call, table(call), targets, { rounds: true, type: TYPE.float });
};

/** One number for each feature, or one for all features. */
function features(rounds: boolean): Rule {
  return (call) => call.sameShape(table(call), { rounds, type: TYPE.float });
}

const imputer: Rule = (call) => {
  const value = table(call);
  call.decide(value);
  return call.sameShape(value);
};

/** One element for each category, along a new last axis. */
const oneHotEncoder: Rule = (call) => {
  const value = compared(call, call.rows(0));
  const [numbers, texts] = [call.attribute("cats_int64s"), call.attribute("cats_strings")];
  const categories = texts?.isLong ? undefined : (numbers?.ints?.length ?? texts?.texts);
  return call.resultOf(value, [...value.dims, call.size(categories)], { type: TYPE.float });
};

const featureVectorizer: Rule = (call) => {
  const values = call.inputs.map((_, index) => table(call, index));
  // The runtime cuts wider inputs, and pads narrower ones.
  const widths = call.ints("inputdimensions") ?? numbersOf(values.map(({ dims }) => dims[1]));
  const width = call.size(widths?.reduce((sum, one) => sum + one, 0));
  return call.result(values, [values[0]!.dims[0]!, width], values[0]!.place, { type: TYPE.float });
};

/** Picks along the last axis. */
const featureExtractor: Rule = (call) => {
  const value = call.onlyRows();
  const last = call.innerAxis(value, -1);
  const picked = call.input(1);
  const count = picked.kind === "fixed" && picked.dims?.length === 1 ? picked.dims[0] : undefined;
  return call.resized(value, last, count ?? call.fresh());
};

/** Counts each n-gram in each row. */
const termFrequency: Rule = (call) => tableOf(call, table(call), undefined, { type: TYPE.float });

/** Changes the case of each text. Stop words are removed from the list, which has one text for each row. */
const normalizer: Rule = (call) => {
  const value = call.rows(0);
  if ((call.attribute("stopwords")?.texts ?? 0) > 0) call.refuse("removes texts from the list");
  return value;
};

const DOMAIN = "ai.onnx.ml:";

export const AI_ONNX_ML: Rules = {
  ...rulesFor("TreeEnsemble TreeEnsembleRegressor", treeRegressor, DOMAIN),
  ...rulesFor("TreeEnsembleClassifier", treeClassifier, DOMAIN),
  ...rulesFor("LinearClassifier SVMClassifier", scoreClassifier, DOMAIN),
  ...rulesFor("LinearRegressor SVMRegressor", scoreRegressor, DOMAIN),
  ...rulesFor("Normalizer", features(true), DOMAIN),
  ...rulesFor("Scaler", features(false), DOMAIN),
  ...rulesFor("Imputer", imputer, DOMAIN),
  ...rulesFor("OneHotEncoder", oneHotEncoder, DOMAIN),
  ...rulesFor("FeatureVectorizer", featureVectorizer, DOMAIN),
  ...rulesFor("ArrayFeatureExtractor", featureExtractor, DOMAIN),
  TfIdfVectorizer: termFrequency,
  StringNormalizer: normalizer,
};
