import { getOrAdd } from "./get-or-add.ts";
import type { Route } from "./route.ts";

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** A route; or the methods that the path accepts instead; or `undefined` for an unknown path. */
export type Found = Match | { readonly route: undefined; readonly allow: readonly string[] } | undefined;

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** One segment of the paths of some routes. */
interface Node {
  readonly statics: Map<string, Node>;
  /** `:name`, and `:name:suffix` with the suffix. */
  readonly dynamics: { readonly name: string; readonly suffix: string; readonly node: Node }[];
  readonly routes: Map<string, Route>;
}

/** Matches every method for which the path has no other route. */
export const ANY_METHOD = "*";

/**
 * Routes by method and path. The path of a request is first compared as it was sent, with routes without parameters.
 * Otherwise it is compared without its slash at the end and with plain characters decoded. Parameters are decoded.
 */
export class Router {
  private readonly fixed = new Map<string, Map<string, Match>>();
  private readonly root: Node = emptyNode();

  /** Of two routes with the same method and path, the first counts. */
  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      if (route.path.includes("/:")) this.addDynamic(route);
      else this.addFixed(route);
    }
  }

  find(method: string, path: string): Found {
    const asSent = this.fixed.get(path);
    const plain = asSent === undefined ? plainPath(path) : path;
    const fixed = asSent ?? this.fixed.get(plain);
    if (fixed !== undefined) return byMethod(fixed, method) ?? { route: undefined, allow: [...fixed.keys()] };
    const params: Record<string, string> = {};
    const node = findNode(this.root, plain.split("/").slice(1), 0, params);
    if (node === undefined) return undefined;
    const route = byMethod(node.routes, method);
    return route === undefined ? { route: undefined, allow: [...node.routes.keys()] } : { route, params };
  }

  private addFixed(route: Route): void {
    const byPath = getOrAdd(this.fixed, route.path, () => new Map<string, Match>());
    if (!byPath.has(route.method)) byPath.set(route.method, { route, params: NO_PARAMS });
  }

  private addDynamic(route: Route): void {
    let node = this.root;
    for (const segment of route.path.split("/").slice(1)) node = child(node, segment);
    if (!node.routes.has(route.method)) node.routes.set(route.method, route);
  }
}

/** Decodes characters that need no encoding (RFC 3986, 2.3), and the colon of `:predict`, which some clients encode. */
function plainPath(path: string): string {
  const whole = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  if (!whole.includes("%")) return whole;
  return whole.replace(/%(?:[46][1-9a-f]|[57][0-9a]|3[0-9a]|2[de]|4[1-9a-f]|5f|7e)/gi, decodeURIComponent);
}

function byMethod<T>(routes: ReadonlyMap<string, T>, method: string): T | undefined {
  return routes.get(method) ?? (method === "HEAD" ? routes.get("GET") : undefined) ?? routes.get(ANY_METHOD);
}

function emptyNode(): Node {
  return { statics: new Map(), dynamics: [], routes: new Map() };
}

function child(node: Node, segment: string): Node {
  if (!segment.startsWith(":")) return getOrAdd(node.statics, segment, emptyNode);
  const [, name = "", suffix = ""] = /^:([^:]*)(.*)$/.exec(segment) ?? [];
  const known = node.dynamics.find((dynamic) => dynamic.name === name && dynamic.suffix === suffix);
  if (known !== undefined) return known.node;
  const dynamic = { name, suffix, node: emptyNode() };
  node.dynamics.push(dynamic);
  // The longer suffix is more specific.
  node.dynamics.sort((a, b) => b.suffix.length - a.suffix.length);
  return dynamic.node;
}

/** The node that all segments lead to. Writes the values of its names into `params`. */
function findNode(
  node: Node,
  segments: readonly string[],
  depth: number,
  params: Record<string, string>,
): Node | undefined {
  if (depth === segments.length) return node.routes.size > 0 ? node : undefined;
  const segment = segments[depth] as string;
  const fixed = node.statics.get(segment);
  const found = fixed === undefined ? undefined : findNode(fixed, segments, depth + 1, params);
  if (found !== undefined) return found;
  for (const { name, suffix, node: next } of node.dynamics) {
    const value = decode(segment, suffix);
    if (value === undefined) continue;
    const below = findNode(next, segments, depth + 1, params);
    if (below === undefined) continue;
    params[name] = value;
    return below;
  }
  return undefined;
}

/** `undefined` if the segment lacks the suffix, is only the suffix, or is not percent-encoded UTF-8. */
function decode(segment: string, suffix: string): string | undefined {
  if (!segment.endsWith(suffix) || segment.length === suffix.length) return undefined;
  try {
    return decodeURIComponent(segment.slice(0, segment.length - suffix.length));
  } catch {
    return undefined;
  }
}
