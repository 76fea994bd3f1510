import {
  type Container,
  hasMoreThan,
  isContainer,
  type Key,
  type KeyCache,
  memberOf,
  type Path,
  walk,
} from "./validate-walk.ts";

const SAMPLED_LEAVES = 2_000;
/** Members that are copied besides those on the paths to the sampled leaves, so that narrow containers stay complete. */
const SHARED_MEMBERS = 4_096;
/** First members of each cut container, where tuples have members of different kinds. */
const HEAD = 8;
/** Containers with no more values than this are never cut. */
const SMALL = 64;

export interface SampleOptions {
  readonly whole: Container;
  readonly keyCache: KeyCache;
  /** Members that the sample has. */
  readonly paths: readonly Path[];
  /** Lists that the sample has with all their members. */
  readonly complete: readonly Path[];
}

/**
 * Where a path of the sample leads in the whole.
 * - `member`: to a value that is the same in both.
 * - `cut`: to a container that lacks members in the sample, or to a member that it lacks.
 * - `left-out`: to a member of an object that only the whole has.
 */
export interface Location {
  readonly kind: "member" | "cut" | "left-out";
  /** In the whole. */
  readonly path: Path;
}

/** A small copy of a large value: leaves at random positions and what surrounds them. */
export interface Sample {
  readonly value: unknown;
  locate(path: readonly PropertyKey[]): Location;
}

/** Paths to leaves at random positions, each as likely as any other, and how many leaves there are. */
export function drawPaths(
  whole: Container,
  keyCache: KeyCache,
): { readonly leaves: number; readonly paths: readonly Path[] } {
  const { leaves } = walk(whole, [], keyCache);
  const drawn = new Set(Array.from({ length: SAMPLED_LEAVES }, () => Math.floor(Math.random() * leaves)));
  const inOrder = [...drawn].sort((a, b) => a - b);
  return { leaves, paths: walk(whole, inOrder, keyCache).paths };
}

interface Cut {
  readonly original: Container;
  /** For a list: the positions of its elements in the original. */
  readonly positions: readonly number[] | undefined;
}

export function createSample({ whole, keyCache, paths, complete }: SampleOptions): Sample {
  const cuts = new Map<unknown, Cut>();
  let left = 2 * SHARED_MEMBERS;

  /** @param share How many members to copy besides those of the tree. */
  function copy(original: unknown, tree: Tree | undefined, share: number): unknown {
    if (!isContainer(original) || !hasMoreThan(SMALL, original, keyCache)) return original;
    return Array.isArray(original)
      ? copyList(original, tree, share)
      : copyObject(original as Readonly<Record<string, unknown>>, tree, share);
  }

  function copyList(original: readonly unknown[], tree: Tree | undefined, share: number): unknown {
    const most = tree?.isComplete === true ? original.length : take(original.length, share);
    const kept = new Set<number>(tree?.members.keys() as Iterable<number> | undefined);
    for (let index = 0; index < most; index++) kept.add(index);
    const positions = [...kept].sort((a, b) => a - b);
    const copied = positions.map((index) => copy(original[index], tree?.members.get(index), share / positions.length));
    if (positions.length < original.length) cuts.set(copied, { original, positions });
    return copied;
  }

  function copyObject(original: Readonly<Record<string, unknown>>, tree: Tree | undefined, share: number): unknown {
    const keys = keyCache.of(original);
    const kept = new Set<string>(keys.slice(0, take(keys.length, share)));
    for (const key of tree?.members.keys() ?? []) kept.add(key as string);
    const copyOf = (key: string) => copy(original[key], tree?.members.get(key), share / kept.size);
    // Not by assignment: a key may be `__proto__`.
    const copied = Object.fromEntries(Array.from(kept, (key) => [key, copyOf(key)]));
    if (kept.size < keys.length) cuts.set(copied, { original, positions: undefined });
    return copied;
  }

  /** How many of the first members to copy: all, if the share and what is left of the total allow it. */
  function take(length: number, share: number): number {
    const most = Math.floor(Math.min(share, left));
    const taken = length <= most ? length : Math.min(HEAD, most);
    left -= taken;
    return taken;
  }

  const value = copy(whole, treeOf(paths, complete), SHARED_MEMBERS);
  return {
    value,
    locate(path) {
      const found: PropertyKey[] = [];
      let at: unknown = value;
      for (const key of path) {
        const cut = cuts.get(at);
        const position = cut?.positions === undefined ? key : cut.positions[Number(key)];
        found.push(position ?? key);
        if (position === undefined) return { kind: "cut", path: found as Key[] };
        const isThere = isContainer(at) && Object.hasOwn(at, key);
        if (cut !== undefined && !isThere)
          return { kind: Object.hasOwn(cut.original, key) ? "left-out" : "member", path: found as Key[] };
        at = isThere ? memberOf(at as Container, key as Key) : undefined;
      }
      return { kind: cuts.has(at) ? "cut" : "member", path: found as Key[] };
    },
  };
}

/** Paths by their first steps. */
interface Tree {
  readonly members: Map<Key, Tree>;
  isComplete: boolean;
}

function treeOf(paths: readonly Path[], complete: readonly Path[]): Tree {
  const root: Tree = { members: new Map(), isComplete: false };
  for (const path of paths) nodeAt(root, path);
  for (const path of complete) nodeAt(root, path).isComplete = true;
  return root;
}

function nodeAt(root: Tree, path: Path): Tree {
  let node = root;
  for (const key of path) {
    let next = node.members.get(key);
    if (next === undefined) {
      next = { members: new Map(), isComplete: false };
      node.members.set(key, next);
    }
    node = next;
  }
  return node;
}
