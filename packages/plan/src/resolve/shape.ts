import { didYouMean, show } from "@tricast/core/adapter";

/** An invalid value in a configuration. */
export interface Problem {
  /** Where: `targets.aws.memoryMb`. */
  readonly path: string;
  /** Value seen, rule, fix. */
  readonly message: string;
}

/** Finds the problems of `value` at `path`. @param isPart whether it overrides a whole value later, so that no key is required. */
export type Check = (value: unknown, path: string, isPart: boolean) => readonly Problem[];

/** An object with these keys only. */
export function object(fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, path, isPart) => {
    if (!isObject(value)) return mustBe(path, value, "an object", `known keys: ${Object.keys(fields).join(", ")}`);
    const missing = isPart ? [] : required.filter((key) => value[key] === undefined);
    return [
      ...missing.map((key) => ({
        path: at(path, key),
        message: `${at(path, key)} is missing; it has no default, so set it`,
      })),
      ...Object.entries(value).flatMap(([key, member]) => {
        const check = Object.hasOwn(fields, key) ? fields[key] : undefined;
        if (check === undefined) return [unknownKey(path, key, Object.keys(fields))];
        return member === undefined ? [] : check(member, at(path, key), isPart);
      }),
    ];
  };
}

/** An object with keys that `name` allows, and members of one kind. */
export function record(name: Check, member: Check): Check {
  return (value, path, isPart) => {
    if (!isObject(value)) return mustBe(path, value, "an object");
    return Object.entries(value).flatMap(([key, one]) => [
      ...name(key, at(path, key), isPart),
      ...(one === undefined ? [] : member(one, at(path, key), isPart)),
    ]);
  };
}

/** An array. Arrays are not merged, so each item is whole. */
export function list(item: Check, least = 0): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return mustBe(path, value, "an array");
    if (value.length < least) return mustBe(path, value, `an array of at least ${least} item${least === 1 ? "" : "s"}`);
    return value.flatMap((one, index) => item(one, `${path}[${index}]`, false));
  };
}

/** Any text, or a text that matches. @param rule the pattern in words. */
export function text(pattern = /./s, rule = "a text with at least one character", fix?: string): Check {
  return (value, path) => (typeof value === "string" && pattern.test(value) ? [] : mustBe(path, value, rule, fix));
}

/** The key of a record. The message is about the key, not about its value. */
export function name(pattern: RegExp, rule: string): Check {
  return (key, path) =>
    pattern.test(String(key)) ? [] : [{ path, message: `${path}: the name ${show(key)} must be ${rule}` }];
}

function numeric(suits: (value: number) => boolean, rule: string, fix?: string): Check {
  return (value, path) => (typeof value === "number" && suits(value) ? [] : mustBe(path, value, rule, fix));
}

export function whole(least: number, fix?: string): Check {
  const suits = (value: number) => Number.isSafeInteger(value) && value >= least;
  return numeric(suits, `a whole number of at least ${least}`, fix);
}

export function number(above: number, most = Number.POSITIVE_INFINITY): Check {
  const rule = `a number over ${above}${most === Number.POSITIVE_INFINITY ? "" : ` and at most ${most}`}`;
  return numeric((value) => value > above && value <= most && Number.isFinite(value), rule);
}

/** A port other than `taken`. */
export function portBeside(taken: number): Check {
  const suits = (value: number) => Number.isSafeInteger(value) && value >= 1 && value <= 65_535 && value !== taken;
  return numeric(suits, `a port from 1 to 65535, other than ${taken}`, `write ${taken + 1}`);
}

export const truth: Check = (value, path) =>
  typeof value === "boolean" ? [] : mustBe(path, value, "true or false", "write it without quotes");

export function oneOf(...values: readonly string[]): Check {
  return (value, path) => {
    if (values.some((one) => one === value)) return [];
    const rule = values.map((one) => JSON.stringify(one)).join(" or ");
    return mustBe(path, value, rule, typeof value === "string" ? didYouMean(value, values, "") : "");
  };
}

/** `first` for a value of that kind, else `second`, so that each problem is reported once. */
export function either(isFirst: (value: unknown) => boolean, first: Check, second: Check): Check {
  return (value, path, isPart) => (isFirst(value) ? first : second)(value, path, isPart);
}

/** An object with exactly one of these keys. Such objects are not merged. */
export function exactlyOne(fields: Readonly<Record<string, Check>>): Check {
  const known = object(fields);
  return (value, path) => {
    const problems = known(value, path, false);
    if (problems.length > 0) return problems;
    return Object.keys(value as object).length === 1
      ? []
      : mustBe(path, value, `an object with exactly one of ${Object.keys(fields).join(", ")}`);
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mustBe(path: string, value: unknown, rule: string, fix = ""): readonly Problem[] {
  const more = fix === "" ? "" : `; ${fix}`;
  return [{ path, message: `${path || "the configuration"} is ${show(value)}; it must be ${rule}${more}` }];
}

function unknownKey(path: string, key: string, known: readonly string[]): Problem {
  const fix = didYouMean(key, known, `known: ${known.join(", ")}`);
  return { path: at(path, key), message: `${path || "the configuration"} has no key "${key}"; ${fix}` };
}

function at(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
