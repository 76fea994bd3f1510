import { mayBeFloat, TYPE } from "../model.ts";
import type { OperatorCall, Rule, Rules } from "./operator-call.ts";
import { isOne, literal } from "./size.ts";
import { LEADING, type Place, type Rows, samePlace, typeOf } from "./value.ts";

/** RNN, GRU and LSTM: each row is one sequence, along axis 1, or axis 0 with `layout` 1. */
const recurrent: Rule = (call) => {
  const value = call.rows(0);
  const isBatchFirst = call.int("layout", 0) === 1;
  const place: Place = { ...LEADING, axis: isBatchFirst ? 0 : 1 };
  if (value.dims.length !== 3 || !samePlace(value.place, place))
    call.refuse(`expects the batch on axis ${place.axis}, and the rows are on axis ${value.place.axis}`);
  const withRows = (...indices: number[]) => indices.filter((index) => call.inputs[index]?.kind === "rows");
  const [lengths, states] = [withRows(4), withRows(5, 6)];
  call.onlyRowsIn(0, ...lengths, ...states);
  // A value that is the same in every run was made for a fixed number of rows.
  if ([4, 5, 6].some((index) => call.inputs[index]?.kind === "fixed"))
    call.refuse("has a first state, or lengths, for a fixed number of rows");
  for (const index of lengths) call.leading(index);
  const rows = [value, ...states.map((index) => call.rows(index))];
  if (rows.some((state) => !samePlace(state.place, place))) call.refuse("combines rows with other rows");
  const directions = literal(call.text("direction", "forward") === "bidirectional" ? 2 : 1);
  const width = call.size(call.attribute("hidden_size")?.int);
  const [first, second] = value.dims;
  const all = isBatchFirst ? [first!, second!, directions, width] : [first!, directions, second!, width];
  const last = isBatchFirst ? [first!, directions, width] : [directions, second!, width];
  const outputs = call.result(rows, all, { ...LEADING, axis: isBatchFirst ? 0 : 2 }, { rounds: true });
  const state = call.result(rows, last, place, { rounds: true });
  return [outputs, state, state];
};

/** Operators that treat each row separately. */
interface RowByRow {
  /** Inputs that have their rows on axis 0, unless they are left out. All others must be the same in every run. */
  readonly rows: readonly number[];
  /** Dimensions of each output; `"same"` for those of the first input. */
  readonly outputs: readonly (number | "same")[];
  /** Sums of whole numbers are the same in any order. */
  readonly exact?: boolean;
}

function rowByRow({ rows, outputs, exact = false }: RowByRow): (call: OperatorCall) => readonly Rows[] {
  return (call) => {
    call.onlyRowsIn(...rows);
    const values = call.leadingOf(...rows);
    const [first] = values as [Rows];
    return outputs.map((rank) => {
      const dims =
        rank === "same" ? first.dims : [first.dims[0]!, ...Array.from({ length: rank - 1 }, () => call.fresh())];
      return call.result(values, dims, first.place, { rounds: !exact });
    });
  };
}

/**
 * The input at `index` where it has rows: a bias, a mask or positions. An input that is the same in every run must have
 * one element for all rows, or lack their axis.
 */
function ownRows(call: OperatorCall, index: number, rank: number): readonly number[] {
  const value = call.inputs[index];
  if (value?.kind !== "fixed") return [index];
  const dims = value.dims ?? call.refuse(`has input ${index} of unknown shape`);
  const fitsAll = dims.length < rank || isOne(dims.at(-rank));
  return fitsAll ? [] : call.refuse(`has input ${index} for a fixed number of rows`);
}

/** com.microsoft.MultiHeadAttention: query, key, value, bias, mask of the keys, bias of the scores, and past keys and values. */
const multiHeadAttention: Rule = (call) => {
  if (call.leading(0, 3).dims.length !== 3) call.refuse("has packed queries");
  return rowByRow({ rows: [0, 1, 2, 4, ...ownRows(call, 5, 4), 6, 7], outputs: [3, 4, 4] })(call);
};

/** ai.onnx.Attention: query, key, value, a mask that broadcasts to [rows, heads, queries, keys], and past keys and values. */
const attention: Rule = (call) => {
  const { dims } = call.leading(0, 3);
  const mask = call.inputs[3];
  if (mask?.kind === "rows" && mask.dims.length !== 4) call.refuse("has a mask whose first axis is not the batch");
  const rows = [0, 1, 2, ...ownRows(call, 3, 4), 4, 5, 6];
  return rowByRow({ rows, outputs: [dims.length, 4, 4, 4] })(call);
};

/** com.microsoft.Attention and QAttention: input, packed weights, bias, and a mask of each row. */
function packedAttention(mask: number, past: number, bias?: number): Rule {
  return (call) => {
    if (call.inputs[past] !== undefined || call.node.outputs.slice(1).some((output) => output !== ""))
      call.refuse("has states of earlier calls, whose rows are on axis 1");
    const own = bias === undefined ? [] : ownRows(call, bias, 4);
    const [output] = rowByRow({ rows: [0, mask, ...own], outputs: [3] })(call);
    return { ...output!, type: TYPE.float };
  };
}

/** ai.onnx: positions of each row pick from tables, or each row has its own cosines and sines. */
const rotary: Rule = (call) => {
  const rows = call.inputs[3] === undefined ? [0, 1, 2] : [0, 3];
  return rowByRow({ rows, outputs: ["same"] })(call);
};

/** com.microsoft: positions of each row, or the first position of all rows. */
const contribRotary: Rule = (call) => {
  const positions = call.input(1);
  const isShared = positions.kind === "fixed" && positions.dims?.every(isOne) === true;
  if (!isShared) call.leading(1, 2);
  return rowByRow({ rows: isShared ? [0] : [0, 1], outputs: ["same"] })(call);
};

/** com.microsoft.EmbedLayerNormalization: ids and segments of each row, tables, a mask, and positions. */
function embedding(positions?: number): Rule {
  return (call) => {
    const own = positions === undefined ? [] : ownRows(call, positions, 2);
    const type = typeOf(call.input(2));
    const [normal, , sum] = rowByRow({ rows: [0, 1, 7, ...own], outputs: [3, 1, 3] })(call);
    const output = { type, rounded: mayBeFloat(type) };
    const mask: Rows = { ...normal!, dims: normal!.dims.slice(0, 1), type: TYPE.int32, rounded: false };
    return [{ ...normal!, ...output }, mask, { ...sum!, ...output }];
  };
}

/** Along the last dimension of the first input. */
function gated(...rows: readonly number[]): Rule {
  return (call) => {
    call.leading(0, 2);
    return rowByRow({ rows, outputs: ["same"] })(call);
  };
}

/** Experts are chosen for each row by its own scores. */
const mixtureOfExperts: Rule = (call) => {
  call.decide(call.input(1));
  return rowByRow({ rows: [0, 1], outputs: ["same"] })(call);
};

/** Excludes words that would repeat, in the scores of each row. */
const repeatBlock: Rule = (call) => {
  const [, scores] = [call.leading(0, 2), call.leading(1, 2)];
  return call.sameShape(scores);
};

export const ATTENTION: Rules = {
  RNN: recurrent,
  GRU: recurrent,
  LSTM: recurrent,
  Attention: attention,
  RotaryEmbedding: rotary,
  "com.microsoft:RotaryEmbedding": contribRotary,
  "com.microsoft:Attention": packedAttention(3, 4, 5),
  "com.microsoft:QAttention": packedAttention(5, 8),
  "com.microsoft:MultiHeadAttention": multiHeadAttention,
  "com.microsoft:GroupQueryAttention": rowByRow({ rows: [0, 1, 2, 3, 4, 5, 9, 10], outputs: [3, 4, 4] }),
  "com.microsoft:DecoderMaskedMultiHeadAttention": rowByRow({ rows: [0, 1, 2, 3, 4, 5, 6], outputs: [3, 4, 4] }),
  "com.microsoft:EmbedLayerNormalization": embedding(8),
  "com.microsoft:QEmbedLayerNormalization": embedding(),
  "com.microsoft:CausalConvWithState": rowByRow({ rows: [0, 3], outputs: ["same", 3] }),
  "com.microsoft:LinearAttention": rowByRow({ rows: [0, 1, 2, 3, 4, 5], outputs: [3, 4] }),
  "com.microsoft:QLinearConv": rowByRow({ rows: [0], outputs: [4], exact: true }),
  "com.microsoft:ConvTransposeWithDynamicPads": rowByRow({ rows: [0], outputs: [4] }),
  Crop: rowByRow({ rows: [0], outputs: [4], exact: true }),
  ImageScaler: rowByRow({ rows: [0], outputs: [4] }),
  "com.microsoft:GatedAdd": gated(0, 1, 2),
  "com.microsoft:GatedRMSNorm": gated(0, 2),
  "com.microsoft:MoE": mixtureOfExperts,
  "com.microsoft:NGramRepeatBlock": repeatBlock,
};
