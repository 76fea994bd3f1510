import type { RegisteredFunction } from "@tricast/pack/azure-worker";

/**
 * Route templates of HTTP triggers, as ASP.NET Core reads them (learn.microsoft.com: aspnet/core/fundamentals/routing).
 */
export interface HttpRoute {
  readonly functionName: string;
  readonly template: string;
  readonly methods: readonly string[];
  readonly authLevel: string;
  readonly segments: readonly Segment[];
}

type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | {
      readonly kind: "parameter";
      readonly name: string;
      readonly optional: boolean;
      readonly constraints: readonly RegExp[];
    }
  | { readonly kind: "catch-all"; readonly name: string };

export interface Match {
  readonly route: HttpRoute;
  readonly params: Readonly<Record<string, string>>;
}

const CONSTRAINTS: Readonly<Record<string, RegExp>> = {
  int: /^[+-]?\d+$/,
  long: /^[+-]?\d+$/,
  bool: /^(true|false)$/i,
  alpha: /^[a-z]+$/i,
  guid: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i,
};

/** The HTTP routes of an app, the most specific first. */
export function httpRoutes(functions: Iterable<RegisteredFunction>): HttpRoute[] {
  const routes: HttpRoute[] = [];
  for (const { name, trigger } of functions) {
    if (trigger.type !== "httpTrigger") continue;
    const template = typeof trigger.route === "string" ? trigger.route : name;
    routes.push({
      functionName: name,
      template,
      methods: (trigger.methods as string[]).map((method) => method.toUpperCase()),
      authLevel: String(trigger.authLevel),
      segments: parseTemplate(template, name),
    });
  }
  return routes.sort((a, b) => rank(a).localeCompare(rank(b)));
}

/** `segments` are decoded. A wrong method does not match: the Functions host answers it with 404. */
export function matchRoute(
  routes: readonly HttpRoute[],
  method: string,
  segments: readonly string[],
): Match | undefined {
  for (const route of routes) {
    if (!route.methods.includes(method)) continue;
    const params = matchSegments(route.segments, segments);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function parseTemplate(template: string, functionName: string): Segment[] {
  return template
    .split("/")
    .filter(Boolean)
    .map((text): Segment => {
      if (!text.includes("{")) return { kind: "literal", text: text.toLowerCase() };
      const match = /^\{(\*{0,2})([A-Za-z_]\w*)((?::\w+)*)(\?)?\}$/.exec(text);
      if (match === null)
        throw new Error(`Route "${template}" of ${functionName}: this host does not support the segment "${text}"`);
      const [, stars, name = "", constraints = "", optional] = match;
      if (stars !== "") return { kind: "catch-all", name };
      return {
        kind: "parameter",
        name,
        optional: optional !== undefined,
        constraints: constraints.split(":").filter(Boolean).map(constraint),
      };
    });
}

function constraint(name: string): RegExp {
  const known = CONSTRAINTS[name];
  if (known === undefined)
    throw new Error(
      `This host does not support the route constraint "${name}"; supported: ${Object.keys(CONSTRAINTS).join(", ")}`,
    );
  return known;
}

function matchSegments(pattern: readonly Segment[], segments: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of pattern.entries()) {
    if (segment.kind === "catch-all") {
      const rest = segments.slice(index).join("/");
      // A catch-all also matches an empty rest. Then the host does not pass a value.
      if (rest !== "") params[segment.name] = rest;
      return params;
    }
    const text = segments[index];
    if (text === undefined) {
      if (segment.kind === "parameter" && segment.optional) continue;
      return undefined;
    }
    if (segment.kind === "literal") {
      if (segment.text !== text.toLowerCase()) return undefined;
    } else {
      if (!segment.constraints.every((each) => each.test(text))) return undefined;
      params[segment.name] = text;
    }
  }
  return segments.length > pattern.length ? undefined : params;
}

/** The order: literals, constrained parameters, plain parameters, catch-alls. */
function rank({ segments }: HttpRoute): string {
  return segments
    .map((segment) => {
      if (segment.kind === "literal") return "1";
      if (segment.kind === "catch-all") return "4";
      return segment.constraints.length > 0 ? "2" : "3";
    })
    .join("")
    .padEnd(32, "5");
}
