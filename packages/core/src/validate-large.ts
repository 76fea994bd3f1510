import { isPromise } from "./is-promise.ts";
import type { SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";
import { createSample, drawPaths, type Location, type SampleOptions } from "./validate-sample.ts";
import { type Container, isContainer, type KeyCache, memberOf, type Path, walk } from "./validate-walk.ts";

/** A value is refused if the estimated number of its issues is above this. Each issue takes up to 1 KB. */
const MOST_EXPECTED = 10_000;
/** If a schema compares elements with each other, the cut may cause fewer issues than this. */
const LEAST_FOUND = 5;
/** Most samples to make until one has all members that the schema requires. */
const MOST_ROUNDS = 4;
/** Most issues to visit: unions nest issues. */
const MOST_NESTED = 20_000;
/** Most members of all lists that are added completely. */
const COMPLETE_MEMBERS = 4_096;

/** Issues of a value, as far as its sample shows. */
export interface Finding {
  /** With paths in the value. */
  readonly issues: readonly SchemaIssue[];
}

/**
 * Validates a sample of a large value, and returns its issues if the value would make very many. Validators make an issue
 * for each bad element, and no library can stop early; 1.3 million of them (a body of 4 MB) take a GB.
 *
 * An issue counts if its value is the same in the sample and in the whole. An issue of a container that was cut, such as
 * a wrong length, may be caused by the cut.
 *
 * Limit: a schema that reports single elements because of their neighbours or their position may report valid ones here.
 */
export function findManyIssues(
  schema: StandardSchema,
  whole: Container,
  keyCache: KeyCache,
): Finding | undefined | Promise<Finding | undefined> {
  // A schema may throw for a sample only. A value that is too deep to be copied is too deep for schemas as well.
  try {
    const { leaves, paths } = drawPaths(whole, keyCache);
    const found = validateSample(schema, { whole, keyCache, leaves, paths, complete: [], rounds: MOST_ROUNDS });
    return isPromise(found) ? found.catch(() => undefined) : found;
  } catch {
    return undefined;
  }
}

interface Sampling extends SampleOptions {
  readonly leaves: number;
  /** Samples that may still be made. */
  readonly rounds: number;
}

function validateSample(
  schema: StandardSchema,
  sampling: Sampling,
): Finding | undefined | Promise<Finding | undefined> {
  const { whole, keyCache, leaves, paths, complete, rounds } = sampling;
  const sample = createSample(sampling);
  const judge = (result: SchemaResult<unknown>): Finding | undefined | Promise<Finding | undefined> => {
    if (result.issues === undefined) return undefined;
    const { issues, count, leftOut, cut } = sortIssues(result.issues, sample.locate);
    if (leftOut.length > 0 && rounds > 1)
      return validateSample(schema, { ...sampling, paths: [...paths, ...leftOut], rounds: rounds - 1 });
    const expected = (count * leaves) / walk(sample.value as Container, [], keyCache).leaves;
    if (count >= LEAST_FOUND && expected > MOST_EXPECTED) return { issues };
    // Some libraries do not look into a list of the wrong length, so some lists are needed complete.
    const lists = complete.length === 0 ? someLists(whole, cut) : [];
    return lists.length > 0 ? validateSample(schema, { ...sampling, complete: lists }) : undefined;
  };
  const result = schema["~standard"].validate(sample.value);
  return isPromise(result) ? result.then(judge) : judge(result);
}

interface SortedIssues {
  /** The issues that count, with paths in the whole. */
  readonly issues: SchemaIssue[];
  /** Number of issues that count, including nested ones. */
  readonly count: number;
  readonly leftOut: readonly Path[];
  readonly cut: readonly Path[];
}

function sortIssues(all: Iterable<SchemaIssue>, locate: (path: readonly PropertyKey[]) => Location): SortedIssues {
  const leftOut: Path[] = [];
  const cut: Path[] = [];
  const issues: SchemaIssue[] = [];
  let seen = 0;
  const countIn = (issue: SchemaIssue, base: readonly PropertyKey[]): number => {
    if (++seen > MOST_NESTED) return 0;
    const path = [...base, ...keysOf(issue)];
    const location = locate(path);
    if (location.kind === "left-out") leftOut.push(location.path);
    if (location.kind === "cut") cut.push(location.path);
    return nestedIn(issue).reduce((sum, nested) => sum + countIn(nested, path), location.kind === "member" ? 1 : 0);
  };
  let count = 0;
  for (const issue of all) {
    const counted = countIn(issue, []);
    if (counted > 0) issues.push({ message: messageOf(issue), path: locate(keysOf(issue)).path });
    count += counted;
  }
  return { issues, count, leftOut, cut };
}

/** Issues of the branches of a union: in valibot `issues`, in zod `errors` by branch, in zod 3 `unionErrors`. */
function nestedIn(issue: SchemaIssue & { readonly [name in (typeof NESTED)[number]]?: unknown }): SchemaIssue[] {
  return NESTED.flatMap((name) => {
    const list = issue[name];
    return Array.isArray(list) ? list.flat() : [];
  });
}

const NESTED = ["issues", "errors", "unionErrors"] as const;

export function keysOf({ path = [] }: SchemaIssue): readonly PropertyKey[] {
  // Not `path.map`: arktype's paths are a subclass of Array whose `map` returns a path that begins with 0.
  return Array.from(path, (part) => (typeof part === "object" ? part.key : part));
}

/** arktype's message begins with the path in the sample; its `problem` is the rest. */
function messageOf({ message, problem }: SchemaIssue & { readonly problem?: unknown }): string {
  return typeof problem === "string" ? problem : message;
}

/** Some of the lists at these paths of the whole, at random. */
function someLists(whole: Container, paths: readonly Path[]): readonly Path[] {
  let left = COMPLETE_MEMBERS;
  const inDisorder = paths.map((path) => [Math.random(), path] as const).sort(([a], [b]) => a - b);
  return inDisorder.flatMap(([, path]) => {
    const list = path.reduce((at: unknown, key) => (isContainer(at) ? memberOf(at, key) : undefined), whole);
    if (!Array.isArray(list) || list.length > left) return [];
    left -= list.length;
    return [path];
  });
}
