/** Why a value does not fit a tensor, and its position. */
export class Mismatch {
  readonly message: string;
  /** The input's name, then indexes from the outermost list to the innermost. */
  readonly path: readonly (string | number)[];

  constructor(message: string, path: readonly (string | number)[] = []) {
    this.message = message;
    this.path = path;
  }

  /** The same mismatch inside another level. */
  under(key: string | number): Mismatch {
    return new Mismatch(this.message, [key, ...this.path]);
  }
}

/** RFC 6901. */
export function toPointer(path: readonly (string | number)[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

const SHOWN = 40;

/** A value for an error message: short, without the contents of lists and objects. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}...` : value);
  if (typeof value === "bigint") return String(value);
  if (isList(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** An array or a typed array. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
