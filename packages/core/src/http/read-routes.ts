import { json } from "../body/encode.ts";
import type { Deadlines } from "../deadline.ts";
import { TricastError } from "../errors.ts";
import type { Lifecycle } from "../model/lifecycle.ts";
import { stillLoading } from "../pipeline/pipeline.ts";
import type { AnyPredictor } from "../predictor.ts";
import type { RequestHead, WholeResponse } from "../seam.ts";
import { preflightHeaders } from "./cors.ts";
import { describePredictor } from "./metadata.ts";
import { openApiDocument } from "./openapi.ts";
import { allowed, mountOf, ROUTES, type Route } from "./routes.ts";

export interface ReadRouteParts {
  readonly predictor: AnyPredictor;
  readonly version: string;
  /** Name of the platform. */
  readonly platform: string;
  readonly lifecycle: Lifecycle;
  readonly deadlines: Deadlines;
}

/** Browsers send preflights with these two headers and without credentials (fetch.spec.whatwg.org, CORS-preflight fetch). */
export function isPreflight({ method, headers }: RequestHead): boolean {
  return method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}

/** Answers every request except predictions: health, metadata, the OpenAPI document, OPTIONS, and unknown routes. */
export class ReadRoutes {
  private readonly parts: ReadRouteParts;
  private closing = false;

  constructor(parts: ReadRouteParts) {
    this.parts = parts;
  }

  /** From now on the instance is not ready. */
  close(): void {
    this.closing = true;
  }

  /**
   * @param deadline When to stop waiting for the models, in milliseconds since the epoch.
   * @throws {TricastError} `not-found`, `method-not-allowed`, or the error of the load.
   */
  async answer(route: Route | undefined, head: RequestHead, deadline: number | undefined): Promise<WholeResponse> {
    if (route === undefined) throw noSuchRoute(head);
    const { method } = head;
    if (method === "OPTIONS") return this.options(route, head);
    if (!route.methods.includes(method === "HEAD" ? "GET" : method)) throw wrongMethod(route, head);
    return this.read(route, head, deadline);
  }

  private options(route: Route, head: RequestHead): WholeResponse {
    const allow = allowed(route);
    const { cors } = this.parts.predictor.definition;
    const asks = head.headers["access-control-request-method"] !== undefined;
    const extra = cors !== undefined && asks ? preflightHeaders(cors, head, allow) : {};
    return { status: 204, headers: { allow, ...extra }, body: "" };
  }

  private async read(route: Route, head: RequestHead, deadline: number | undefined): Promise<WholeResponse> {
    const { predictor, version, platform, lifecycle, deadlines } = this.parts;
    switch (route.name) {
      case "ready":
        return this.readiness();
      case "metadata":
        await deadlines.limit(lifecycle.generation(), deadline, stillLoading).catch(() => undefined);
        return json(200, describePredictor(predictor, version, platform, lifecycle));
      case "openapi":
        return json(200, await this.openApi(head, deadline));
      default:
        return json(200, { status: "ok" });
    }
  }

  private readiness(): WholeResponse {
    const { lifecycle } = this.parts;
    // If an instance gets no traffic before it is ready, only this probe starts the load and its retries.
    void lifecycle.generation().catch(() => undefined);
    if (lifecycle.ready !== undefined && !this.closing) return json(200, { ready: true, state: "ready" });
    const response = json(503, { ready: false, state: lifecycle.state, code: lifecycle.failure?.code });
    return { ...response, headers: { ...response.headers, "retry-after": "1" } };
  }

  private async openApi({ path, prefix = "" }: RequestHead, deadline: number | undefined): Promise<unknown> {
    const { predictor, version, lifecycle, deadlines } = this.parts;
    const { predict, predictBatch } = predictor.definition;
    // The schemas of a predictor without code are those of its model.
    const needsModel = predict === undefined && predictBatch === undefined;
    const generation = needsModel ? await deadlines.limit(lifecycle.generation(), deadline, stillLoading) : undefined;
    return openApiDocument(predictor, version, generation?.view("").engine.zeroCode, prefix + mountOf(path));
  }
}

function noSuchRoute({ method, path }: RequestHead): TricastError {
  const known = Object.entries(ROUTES).map(([route, { methods }]) => `${methods.join("/")} ${route}`);
  return new TricastError("not-found", `No route takes ${method} ${path}; routes: ${known.join(", ")}`);
}

function wrongMethod(route: Route, { method, path }: RequestHead): TricastError {
  const allow = allowed(route);
  return new TricastError("method-not-allowed", `${path} does not take ${method}; it takes ${allow}`, {
    headers: { allow },
  });
}
