import type { OperatorCall, Rule, Rules } from "./operator-call.ts";
import { literal, numberOf, product, quotient, type Size, sameSize } from "./size.ts";
import { type Element, isCounted, knownNumber, samePlace, typeOf } from "./value.ts";

/** One factor, or one size, for each dimension, or for each of `axes`. */
const resize: Rule = (call) => {
  const value = call.rows(0);
  call.onlyRowsIn(0, ...SIZES_INPUT);
  const mode = call.text("mode", "nearest");
  if (call.text("coordinate_transformation_mode", "half_pixel") === "tf_crop_and_resize") call.refuse("crops");
  const [sizes, scales] = sizesAndScales(call);
  const axes = call.axesOr("axes", value.dims.length);
  const isFree = call.text("keep_aspect_ratio_policy", "stretch") === "stretch";
  if (!isFree && axes.includes(value.place.axis)) call.refuse("chooses one scale for all dimensions");
  if (sizes === undefined && scales === undefined) call.onlyRowsIn(0);
  // Of fewer dimensions the runtime interpolates between all: an infinite number in one row makes others NaN.
  const isBatched = value.dims.length > 3 && value.place.axis === 0;
  if (mode !== "nearest" && !isBatched)
    call.refuse("interpolates across rows with weight 0, so that an infinite number in one row makes others NaN");
  const dims = value.dims.map((dim, axis) => {
    const index = axes.indexOf(axis);
    if (index < 0) return dim;
    const [asked, factor] = [sizes?.[index], scales?.[index]];
    if (axis === value.place.axis) return keepsRows(asked, factor, dim) ? dim : call.refuse("resizes along the rows");
    if (asked !== undefined) {
      const size = sizeFrom(call, asked);
      return isFree ? size : call.fresh();
    }
    const [length, by] = [numberOf(dim), factor === undefined ? undefined : knownNumber(factor)];
    return length === undefined || by === undefined ? call.fresh() : literal(Math.floor(Math.fround(length * by)));
  });
  return call.result([value], dims, value.place, { rounds: mode !== "nearest" });
};

/** A size of a dimension that is not the rows'. */
function sizeFrom(call: OperatorCall, asked: Element | undefined): Size {
  if (asked !== undefined && isCounted(asked)) call.refuse("makes a picture as large as there are rows");
  return typeof asked === "object" ? asked : call.fresh();
}

/** Sizes are made of the input's own shape, and so of the number of rows. */
const SIZES_INPUT = [3];

function sizesAndScales(call: OperatorCall): readonly [readonly Element[] | undefined, readonly Element[] | undefined] {
  if (call.node.op === "Upsample")
    return [undefined, call.opset < 9 ? call.attribute("scales")?.floats?.map(literal) : call.elements(1)];
  if (call.opset < 11) return [undefined, call.elements(1)];
  if (call.inputs[3] !== undefined) return [call.elements(3), undefined];
  return [undefined, call.elements(2)];
}

function keepsRows(asked: Element | undefined, factor: Element | undefined, dim: Size): boolean {
  if (asked !== undefined) return typeof asked === "object" && sameSize(asked, dim);
  return factor !== undefined && knownNumber(factor) === 1;
}

const centerCropPad: Rule = (call) => {
  const value = call.rows(0);
  const target = call.elements(1) ?? call.refuse("crops to a shape that is not known");
  const axes = call.axesOr("axes", value.dims.length);
  const dims = value.dims.map((dim, axis) => {
    const index = axes.indexOf(axis);
    const asked = index < 0 ? dim : target[index];
    if (axis === value.place.axis)
      return typeof asked === "object" && sameSize(asked, dim) ? dim : call.refuse("crops or pads the rows");
    return sizeFrom(call, asked);
  });
  return call.result([value], dims, value.place);
};

const gridSample: Rule = (call) => {
  const [value, grid] = [call.leading(0), call.leading(1)];
  const dims = [...value.dims.slice(0, 2), ...grid.dims.slice(1, -1)];
  if (call.text("mode", "linear") === "nearest") call.decide(grid);
  return call.result([value, grid], dims, value.place, { rounds: true });
};

const affineGrid: Rule = (call) => {
  const theta = call.leading(0);
  const target = call.elements(1);
  const [rows, , ...sides] = target ?? [];
  if (target === undefined || typeof rows !== "object" || !sameSize(rows, theta.dims[0]!))
    call.refuse("makes a grid of another size");
  const inner = sides.map((side) => sizeFrom(call, side));
  return call.result([theta], [theta.dims[0]!, ...inner, literal(inner.length)], theta.place, { rounds: true });
};

const col2Im: Rule = (call) => {
  const value = call.onlyLeading(3);
  const image = call.elements(1) ?? call.refuse("makes a picture of unknown rank");
  return call.result([value], [value.dims[0]!, call.fresh(), ...image.map(() => call.fresh())], value.place, {
    rounds: true,
  });
};

/** Blocks of each side become channels, or the other way around. */
function blocks(target: "sides" | "channels"): Rule {
  return (call) => {
    const value = call.leading(0, 4);
    return call.result([value], blockDims(call, value.dims, call.int("blocksize", 1), target), value.place);
  };
}

function blockDims(
  call: OperatorCall,
  [rows, depth, ...sides]: readonly Size[],
  block: number,
  target: "sides" | "channels",
) {
  const [grow, area] = [literal(block), literal(block * block)];
  const [larger, smaller] = [
    (dim: Size, by: Size) => product(dim, by) ?? call.fresh(),
    (dim: Size, by: Size) => quotient(dim, by) ?? call.fresh(),
  ];
  if (target === "sides") return [rows!, smaller(depth!, area), ...sides.map((side) => larger(side, grow))];
  return [rows!, larger(depth!, area), ...sides.map((side) => smaller(side, grow))];
}

/** Keeps a triangle of the last two dimensions. */
const trilu: Rule = (call) => {
  const value = call.onlyRows();
  call.keepOff(value, value.dims.length - 1, value.dims.length - 2);
  return value;
};

const reverseSequence: Rule = (call) => {
  const [value, lengths] = [call.rows(0), call.rows(1)];
  const fits = call.int("batch_axis", 1) === value.place.axis && samePlace(lengths.place, { ...value.place, axis: 0 });
  if (!fits || lengths.dims.length !== 1) call.refuse("takes the batch from another axis than that of the rows");
  call.keepOff(value, call.int("time_axis", 0));
  return value;
};

/** Regions of fixed pictures, one for each row. */
const regions: Rule = (call) => {
  const rois = call.leading(1, 2);
  call.onlyRowsIn(1, 2);
  // Their corners are rounded to elements, or decide how many elements are looked at.
  call.decide(rois);
  const batch = call.inputs[2] === undefined ? [] : [call.leading(2)];
  const dims = [rois.dims[0]!, call.fresh(), call.fresh(), call.fresh()];
  return call.result([rois, ...batch], dims, rois.place, { rounds: true, type: typeOf(call.input(0)) });
};

/** The last dimension is a window of elements along another. */
const unfold: Rule = (call) => {
  const value = call.rows(0);
  const axis = call.innerAxis(value, call.int("dim", -1));
  return call.result([value], [...value.dims.with(axis, call.fresh()), call.fresh()], value.place);
};

export const IMAGES: Rules = {
  "com.microsoft:UnfoldTensor": unfold,
  RoiAlign: regions,
  MaxRoiPool: regions,
  "com.microsoft:GridSample": gridSample,
  Resize: resize,
  Upsample: resize,
  CenterCropPad: centerCropPad,
  GridSample: gridSample,
  AffineGrid: affineGrid,
  Col2Im: col2Im,
  DepthToSpace: blocks("sides"),
  SpaceToDepth: blocks("channels"),
  Trilu: trilu,
  "com.microsoft:Trilu": trilu,
  ReverseSequence: reverseSequence,
};
