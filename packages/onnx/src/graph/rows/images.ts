import { type OperatorCall, type Rule, type Rules, rulesFor } from "./operator-call.ts";
import { type Element, isCounted, isSize, literal, numberOf, product, quotient, type Size, sameSize } from "./size.ts";
import { samePlace, typeOf } from "./value.ts";

/** One factor, or one size, for each dimension, or for each of `axes`. */
const resize: Rule = (call) => {
  const value = call.rows(0);
  call.onlyRowsIn(0, SIZES_INPUT);
  const mode = call.text("mode", "nearest");
  if (call.text("coordinate_transformation_mode", "half_pixel") === "tf_crop_and_resize") call.refuse("crops");
  const { sizes, scales } = sizesAndScales(call);
  const axes = call.axesOr("axes", value.dims.length);
  const isFree = call.text("keep_aspect_ratio_policy", "stretch") === "stretch";
  if (!isFree && axes.includes(value.place.axis)) call.refuse("chooses one scale for all dimensions");
  if (sizes === undefined && scales === undefined) call.onlyRowsIn(0);
  // With fewer dimensions the runtime interpolates along all of them: an infinite number in one row makes others NaN.
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
    const [length, by] = [numberOf(dim), numberOf(factor)];
    return length === undefined || by === undefined ? call.fresh() : literal(Math.floor(Math.fround(length * by)));
  });
  return call.resultOf(value, dims, { rounds: mode !== "nearest" });
};

/** A size of a dimension that does not contain the rows. */
function sizeFrom(call: OperatorCall, asked: Element | undefined): Size {
  if (isCounted(asked)) call.refuse("makes the size of an image depend on the number of rows");
  return isSize(asked) ? asked : call.fresh();
}

/** Sizes are computed from the input's own shape, and so from the number of rows. */
const SIZES_INPUT = 3;

interface Target {
  readonly sizes?: readonly Element[] | undefined;
  readonly scales?: readonly Element[] | undefined;
}

function sizesAndScales(call: OperatorCall): Target {
  if (call.node.op === "Upsample" && call.opset < 9) return { scales: call.attribute("scales")?.floats?.map(literal) };
  if (call.node.op === "Upsample" || call.opset < 11) return { scales: call.elements(1) };
  if (call.inputs[SIZES_INPUT] !== undefined) return { sizes: call.elements(SIZES_INPUT) };
  return { scales: call.elements(2) };
}

function keepsRows(asked: Element | undefined, factor: Element | undefined, dim: Size): boolean {
  return asked === undefined ? numberOf(factor) === 1 : sameSize(asked, dim);
}

const centerCropPad: Rule = (call) => {
  const value = call.rows(0);
  const target = call.elements(1) ?? call.refuse("crops to an unknown shape");
  const axes = call.axesOr("axes", value.dims.length);
  const dims = value.dims.map((dim, axis) => {
    const index = axes.indexOf(axis);
    const asked = index < 0 ? dim : target[index];
    if (axis !== value.place.axis) return sizeFrom(call, asked);
    return sameSize(asked, dim) ? dim : call.refuse("crops or pads the rows");
  });
  return call.resultOf(value, dims);
};

const gridSample: Rule = (call) => {
  const [value, grid] = [call.leading(0), call.leading(1)];
  const dims = [...value.dims.slice(0, 2), ...grid.dims.slice(1, -1)];
  if (call.text("mode", "linear") === "nearest") call.decide(grid);
  return call.result([value, grid], dims, value.place, { rounds: true });
};

const affineGrid: Rule = (call) => {
  const theta = call.leading(0);
  const [rows, , ...sides] = call.elements(1) ?? [];
  if (!sameSize(rows, theta.dims[0]!)) call.refuse("makes a grid of another size");
  const inner = sides.map((side) => sizeFrom(call, side));
  return call.resultOf(theta, [theta.dims[0]!, ...inner, literal(inner.length)], { rounds: true });
};

const col2Im: Rule = (call) => {
  const value = call.onlyLeading(3);
  const image = call.elements(1) ?? call.refuse("makes an image of unknown rank");
  return call.resultOf(value, [value.dims[0]!, call.fresh(), ...image.map(() => call.fresh())], { rounds: true });
};

type Rescale = (size: Size, by: Size) => Size | undefined;

/** Blocks of each side become channels, or the other way around. */
function blocks(depth: Rescale, side: Rescale): Rule {
  return (call) => {
    const value = call.leading(0, 4);
    const block = call.int("blocksize", 1);
    const dims = value.dims.map((dim, axis) => {
      if (axis === 0) return dim;
      const size = axis === 1 ? depth(dim, literal(block * block)) : side(dim, literal(block));
      return size ?? call.fresh();
    });
    return call.resultOf(value, dims);
  };
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
  if (!fits || lengths.dims.length !== 1) call.refuse("expects the batch on another axis than the rows");
  call.keepOff(value, call.int("time_axis", 0));
  return value;
};

/** Regions of fixed images, one for each row. */
const regions: Rule = (call) => {
  const rois = call.leading(1, 2);
  call.onlyRowsIn(1, 2);
  // Corners are rounded to elements, or decide how many elements are read.
  call.decide(rois);
  const dims = [rois.dims[0]!, call.fresh(), call.fresh(), call.fresh()];
  return call.result([rois, ...call.leadingOf(2)], dims, rois.place, { rounds: true, type: typeOf(call.input(0)) });
};

/** The last dimension is a window of elements along another. */
const unfold: Rule = (call) => {
  const value = call.rows(0);
  const axis = call.innerAxis(value, call.int("dim", -1));
  return call.resultOf(value, [...value.dims.with(axis, call.fresh()), call.fresh()]);
};

export const IMAGES: Rules = {
  "com.microsoft:UnfoldTensor": unfold,
  ...rulesFor("RoiAlign MaxRoiPool", regions),
  ...rulesFor("Resize Upsample", resize),
  CenterCropPad: centerCropPad,
  GridSample: gridSample,
  "com.microsoft:GridSample": gridSample,
  AffineGrid: affineGrid,
  Col2Im: col2Im,
  DepthToSpace: blocks(quotient, product),
  SpaceToDepth: blocks(product, quotient),
  Trilu: trilu,
  "com.microsoft:Trilu": trilu,
  ReverseSequence: reverseSequence,
};
