/**
 * The size of a dimension somewhere in a graph: a number, or a size that follows from a dimension of any size of an input.
 * `undefined` is unknown.
 */
export type Dim = number | Extent | undefined;
export type Dims = readonly Dim[];

/** A size that follows from a dimension of an input, such as the height of an image after two convolutions. */
export interface Extent {
  /** The dimension of the input: see `keyOf`. */
  readonly key: string;
  /** Whether it has the size of that dimension. */
  readonly exact: boolean;
  /** The smallest size of the input's dimension for which this size is at least `size`. */
  readonly least: (size: number) => number;
  /** The product of the strides between them. */
  readonly stride: number;
  /** The number of windows between them. */
  readonly windows: number;
}

/** More than in networks, and few enough for the stack. */
const MOST_WINDOWS = 1000;

export function extentOf(key: string): Extent {
  return { key, exact: true, least: (size) => size, stride: 1, windows: 0 };
}

/** The extent after a window of `span` elements that moves by `stride`, over `padding` more elements. */
export function slide(from: Dim, span: number, stride: number, padding: number): Dim {
  if (typeof from === "number") return Math.floor((from + padding - span) / stride) + 1;
  if (from === undefined || from.windows >= MOST_WINDOWS) return undefined;
  const least = (size: number): number => from.least(Math.max(1, (size - 1) * stride + span - padding));
  return { key: from.key, exact: false, least, stride: from.stride * stride, windows: from.windows + 1 };
}

/** The extent after a transposed window, which multiplies a size by `stride`. */
export function unslide(from: Dim, span: number, stride: number, padding: number): Dim {
  if (typeof from === "number") return (from - 1) * stride + span - padding;
  if (from === undefined || from.windows >= MOST_WINDOWS) return undefined;
  const least = (size: number): number => from.least(Math.max(1, Math.ceil((size + padding - span) / stride) + 1));
  return { key: from.key, exact: false, least, stride: from.stride, windows: from.windows + 1 };
}

/** What a graph requires of the dimensions of any size of its inputs, by their keys. */
export class Requirements {
  /** Sizes that an operator refuses to run without, such as the rows of a matrix. */
  readonly fixed = new Map<string, number>();
  /** Sizes that certainly fit where others may fit too, such as the length of a table of positions. */
  readonly likely = new Map<string, number>();
  /** Smallest sizes. */
  readonly least = new Map<string, number>();
  /** Sizes are multiples of these. */
  readonly multiple = new Map<string, number>();
  private readonly alias = new Map<string, string>();

  /**
   * A size for the dimension.
   * @param open The size to use where the graph allows it.
   * @param suggested Whether to prefer a size that the graph suggests.
   */
  sizeOf(key: string, open: number, suggested: boolean): number {
    const root = this.rootOf(key);
    const size = this.fixed.get(root) ?? (suggested ? this.likely.get(root) : undefined);
    if (size !== undefined) return size;
    const step = this.multiple.get(root) ?? 1;
    return Math.ceil(Math.max(open, this.least.get(root) ?? 1) / step) * step;
  }

  /** The key that all dimensions with the same size share. */
  private rootOf(key: string): string {
    let root = key;
    for (let next = this.alias.get(root); next !== undefined; next = this.alias.get(root)) root = next;
    return root;
  }

  /** Both sizes must be equal. */
  unify(one: Dim, other: Dim): void {
    if (typeof one === "number" && typeof other === "number") return;
    if (typeof one === "number") this.set(this.fixed, other, one);
    else if (typeof other === "number") this.set(this.fixed, one, other);
    else if (one?.exact === true && other?.exact === true) this.join(this.rootOf(one.key), this.rootOf(other.key));
  }

  /** `size` certainly fits. */
  suggest(dim: Dim, size: number): void {
    this.set(this.likely, dim, size);
  }

  /** The size is at least 1. */
  demand(dim: Dim): void {
    if (typeof dim !== "object") return;
    const key = this.rootOf(dim.key);
    this.least.set(key, Math.max(this.least.get(key) ?? 1, dim.least(1)));
    this.multiple.set(key, Math.max(this.multiple.get(key) ?? 1, dim.stride));
  }

  private set(map: Map<string, number>, dim: Dim, size: number): void {
    if (typeof dim !== "object" || !dim.exact || size < 0) return;
    const key = this.rootOf(dim.key);
    if (!map.has(key)) map.set(key, size);
  }

  private join(one: string, other: string): void {
    if (one === other) return;
    this.alias.set(other, one);
    for (const map of [this.fixed, this.likely]) {
      const size = map.get(other);
      if (size !== undefined && !map.has(one)) map.set(one, size);
    }
    for (const map of [this.least, this.multiple]) {
      const size = map.get(other);
      if (size !== undefined) map.set(one, Math.max(map.get(one) ?? 1, size));
    }
  }
}
