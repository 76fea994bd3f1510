import { decodeBody } from "./body/decode.ts";
import { printJson } from "./body/json.ts";
import { giveUpAt, RequestContext } from "./context.ts";
import { Deadlines } from "./deadline.ts";
import { createEngine, type Engine } from "./engine.ts";
import { ERRORS, TricastError } from "./errors.ts";
import { corsHeaders, preflightHeaders } from "./http/cors.ts";
import { describePredictor } from "./http/metadata.ts";
import { openApiDocument } from "./http/openapi.ts";
import { toProblem, withCode } from "./http/problem.ts";
import { allowed, findRoute, ROUTES, type Route } from "./http/routes.ts";
import { Phases } from "./http/server-timing.ts";
import { claimColdStart, initializationType } from "./instance.ts";
import { createLogger, type Logger } from "./log.ts";
import { isPromise } from "./model/cache.ts";
import { Lifecycle, shuttingDown } from "./model/lifecycle.ts";
import { refuseUnknown, show } from "./options.ts";
import { type AnyPredictor, isPredictor } from "./predictor.ts";
import { registry } from "./registry.ts";
import type { InferenceRequest, InferenceResponse, Invocation, LoadedModels, Platform, Service } from "./seam.ts";
import type { WarmupPing, WarmupReport } from "./warmup/ping.ts";

export interface ServiceOptions {
  /** Default `"local"`. */
  readonly platform?: Platform;
  /** A path that means `/`, such as `/iris` where a gateway mounts the predictor there. */
  readonly basePath?: string | undefined;
}

/** lambda-warmer sleeps 75 ms in each of its parallel pings. */
const DEFAULT_HOLD_MS = 75;
const LONGEST_HOLD_MS = 10_000;

/**
 * The service of a predictor on one platform.
 * @throws {TricastError} `invalid-definition` when `predictor` was not made by `definePredictor`; `invalid-option`.
 */
export function createService(predictor: AnyPredictor, options: ServiceOptions = {}): Service {
  if (!isPredictor(predictor)) {
    throw new TricastError(
      "invalid-definition",
      "The predictor is not one; pass what definePredictor returned (is it the default export?)",
    );
  }
  refuseUnknown(options, ["platform", "basePath"], "createService");
  checkOptions(options);
  return new PredictorService(predictor, options.platform ?? "local", options.basePath);
}

const PLATFORMS: readonly string[] = ["aws-lambda", "azure-functions", "cloud-functions", "server", "local"];

function checkOptions({ platform, basePath }: ServiceOptions): void {
  if (platform !== undefined && !PLATFORMS.includes(platform)) {
    throw new TricastError(
      "invalid-option",
      `platform is ${show(platform)}; it must be one of ${PLATFORMS.join(", ")}`,
    );
  }
  if (basePath !== undefined && !/^\/(.*[^/])?$/.test(basePath)) {
    throw new TricastError(
      "invalid-option",
      `basePath is ${show(basePath)}; write it as /iris: a slash before, none after`,
    );
  }
}

class PredictorService implements Service {
  readonly name: string;
  private readonly predictor: AnyPredictor;
  private readonly platform: Platform;
  private readonly basePath: string | undefined;
  private readonly version: string;
  private readonly instance = registry().instance;
  private readonly lifecycle: Lifecycle;
  private readonly deadlines = new Deadlines();
  private readonly log: Logger;
  private engine: Engine | undefined;
  private sawInvocation = false;
  private inFlight = 0;
  private whenIdle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(predictor: AnyPredictor, platform: Platform, basePath: string | undefined) {
    this.predictor = predictor;
    this.platform = platform;
    this.basePath = basePath;
    this.name = predictor.definition.name;
    this.version = predictor.definition.version ?? "1";
    this.log = createLogger(platform);
    this.lifecycle = new Lifecycle(predictor, platform, this.log, (models) => this.predictExample(models));
  }

  start(): Promise<void> {
    return this.lifecycle.start();
  }

  models(): Promise<LoadedModels> {
    return this.lifecycle.models();
  }

  async warm(ping: WarmupPing = { kind: "manual", holdMs: 0 }): Promise<WarmupReport> {
    const coldStart = this.claimColdStart();
    const code = await this.lifecycle.models().then(
      () => undefined,
      (error: TricastError) => error.code,
    );
    const heldMs = this.holdMs(ping);
    if (heldMs > 0) await new Promise((resolve) => setTimeout(resolve, heldMs));
    return {
      warmed: true,
      kind: ping.kind,
      predictor: this.name,
      instance: this.instance,
      state: code === undefined ? "ready" : "failed",
      coldStart,
      initializationType: initializationType(this.platform),
      timings: { ...this.lifecycle.timings, heldMs },
      code,
    };
  }

  async handle(request: InferenceRequest, invocation: Invocation): Promise<InferenceResponse> {
    const phases = new Phases();
    const coldStart = this.sawInvocation ? false : this.claimColdStart();
    this.inFlight++;
    let response: InferenceResponse;
    try {
      const route = findRoute(request.path, this.basePath);
      response =
        route?.name === "predict" && request.method === "POST"
          ? await this.predict(request, invocation, phases)
          : await this.answer(route, request, invocation);
    } catch (error) {
      response = this.toProblem(error, invocation);
    }
    if (--this.inFlight === 0) this.whenIdle?.();
    return this.finish(response, request, invocation, phases, coldStart);
  }

  problem(error: unknown, invocation: Invocation, request?: InferenceRequest): InferenceResponse {
    return this.finish(this.toProblem(error, invocation), request, invocation, new Phases(), false);
  }

  private toProblem(error: unknown, invocation: Invocation): InferenceResponse {
    const coded = withCode(error, "internal", "unexpected");
    const fields = { predictor: this.name, code: coded.code, error: coded };
    const log = createLogger(invocation.platform, invocation);
    // A failed load was logged in full when it happened; each request that meets it is one short line.
    if (coded.retryAfterSeconds !== undefined) log.warn(coded.message, { predictor: this.name, code: coded.code });
    else if (ERRORS[coded.code].status >= 500) log.error(coded.message, fields);
    else log.debug(coded.message, fields);
    return toProblem(coded);
  }

  close(): Promise<void> {
    this.closing ??= this.drain();
    return this.closing;
  }

  private async drain(): Promise<void> {
    if (this.inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.whenIdle = resolve;
      });
    }
    await this.lifecycle.close();
  }

  private claimColdStart(): boolean {
    this.sawInvocation = true;
    return claimColdStart(this.platform);
  }

  private holdMs(ping: WarmupPing): number {
    // Alone, a ping needs to keep nobody else away.
    if (ping.concurrency === 1 && ping.holdMs === undefined) return 0;
    return Math.min(ping.holdMs ?? this.predictor.definition.warmup?.holdMs ?? DEFAULT_HOLD_MS, LONGEST_HOLD_MS);
  }

  private async predict(request: InferenceRequest, invocation: Invocation, phases: Phases): Promise<InferenceResponse> {
    // Else a busy caller could keep a stopping instance from ever being idle.
    if (this.closing !== undefined) throw shuttingDown();
    const { limits } = this.predictor.definition;
    const deadline = giveUpAt(invocation, limits?.timeoutMs);
    const models = this.lifecycle.ready ?? (await this.waitForModels(deadline, phases));
    const engine = this.engineFor(models);
    const decoding = decodeBody(request, this.predictor, engine.exactIntegers);
    const decoded = isPromise(decoding) ? await decoding : decoding;
    phases.end("decode");
    const context = new RequestContext(models, this.version, request, invocation, decoded.parameters);
    if (decoded.kind === "single") {
      const output = await this.beforeDeadline(engine.one(decoded.input, context), deadline, context);
      phases.end("predict");
      return encodeOne(output, phases);
    }
    const outputs = await this.beforeDeadline(engine.many(decoded.inputs, decoded.pointer, context), deadline, context);
    phases.end("predict");
    return encodeMany(outputs, decoded.reply, phases);
  }

  /** Made once per loaded set of models, on the first need. */
  private engineFor(models: LoadedModels): Engine {
    this.engine ??= createEngine(this.predictor, models);
    return this.engine;
  }

  private async waitForModels(deadline: number | undefined, phases: Phases): Promise<LoadedModels> {
    const models = await this.beforeDeadline(this.lifecycle.models(), deadline, undefined);
    phases.add("load", this.lifecycle.timings.loadMs);
    phases.add("warm", this.lifecycle.timings.warmMs);
    phases.end("wait");
    return models;
  }

  /** Settles as `work` does, or rejects at the deadline, whichever is first; work given up on sees its signal abort. */
  private beforeDeadline<T>(
    work: Promise<T>,
    deadline: number | undefined,
    context: RequestContext | undefined,
  ): Promise<T> {
    if (deadline === undefined) return work;
    return new Promise<T>((resolve, reject) => {
      const watch = {
        deadline,
        expire: () => {
          const error = context === undefined ? stillLoading() : tooLate();
          context?.abort(error);
          reject(error);
        },
      };
      this.deadlines.add(watch);
      work.then(
        (value) => {
          this.deadlines.delete(watch);
          resolve(value);
        },
        (error: unknown) => {
          this.deadlines.delete(watch);
          reject(error);
        },
      );
    });
  }

  private async predictExample(models: LoadedModels): Promise<void> {
    this.engine = undefined;
    const engine = this.engineFor(models);
    const example = this.predictor.definition.examples?.[0] ?? engine.zeroCode?.sample();
    if (example === undefined) return;
    const request = { method: "POST", path: "/predict", query: "", headers: {}, body: undefined };
    const invocation = { id: "warmup", platform: this.platform, native: undefined };
    await engine.one(example, new RequestContext(models, this.version, request, invocation, {}));
  }

  private async answer(
    route: Route | undefined,
    request: InferenceRequest,
    invocation: Invocation,
  ): Promise<InferenceResponse> {
    if (route === undefined) throw noSuchRoute(request);
    const { method } = request;
    if (method === "OPTIONS") return this.options(route, request);
    if (!route.methods.includes(method === "HEAD" ? "GET" : method)) throw wrongMethod(route, request);
    return this.read(route, giveUpAt(invocation, this.predictor.definition.limits?.timeoutMs));
  }

  private options(route: Route, request: InferenceRequest): InferenceResponse {
    const allow = allowed(route);
    const { cors } = this.predictor.definition;
    const isPreflight = request.headers["access-control-request-method"] !== undefined;
    const extra = cors !== undefined && isPreflight ? preflightHeaders(cors, request, allow) : {};
    return { status: 204, headers: { allow, ...extra }, body: "" };
  }

  private async read(route: Route, deadline: number | undefined): Promise<InferenceResponse> {
    switch (route.name) {
      case "ready":
        return this.readiness();
      case "metadata":
        await this.beforeDeadline(this.lifecycle.models(), deadline, undefined).catch(() => undefined);
        return json(200, describePredictor(this.predictor, this.version, this.platform, this.lifecycle));
      case "openapi":
        return json(200, await this.openApi(deadline));
      default:
        return json(200, { status: "ok" });
    }
  }

  private readiness(): InferenceResponse {
    // An instance that gets no traffic before it is ready has only this probe to load it, and to try again.
    void this.lifecycle.models().catch(() => undefined);
    if (this.lifecycle.ready !== undefined && this.closing === undefined)
      return json(200, { ready: true, state: "ready" });
    const response = json(503, { ready: false, state: this.lifecycle.state, code: this.lifecycle.failure?.code });
    return { ...response, headers: { ...response.headers, "retry-after": "1" } };
  }

  private async openApi(deadline: number | undefined): Promise<unknown> {
    const { predict, predictBatch } = this.predictor.definition;
    // The schemas of a predictor without code are those of its model.
    const needsModel = predict === undefined && predictBatch === undefined;
    const models = needsModel ? await this.beforeDeadline(this.lifecycle.models(), deadline, undefined) : undefined;
    const zeroCode = models === undefined ? undefined : this.engineFor(models).zeroCode;
    return openApiDocument(this.predictor, this.version, zeroCode);
  }

  private finish(
    response: InferenceResponse,
    request: InferenceRequest | undefined,
    invocation: Invocation,
    phases: Phases,
    coldStart: boolean,
  ): InferenceResponse {
    const { cors } = this.predictor.definition;
    const headers: Record<string, string | readonly string[]> =
      cors === undefined || request === undefined ? {} : corsHeaders(cors, request);
    for (const name in response.headers) headers[name] = response.headers[name] as string;
    const timing = phases.toString();
    if (timing !== "") headers["server-timing"] = timing;
    headers["x-tricast-instance"] = this.instance;
    headers["x-tricast-cold-start"] = coldStart ? "true" : "false";
    headers["x-request-id"] = invocation.id;
    return { status: response.status, headers, body: request?.method === "HEAD" ? "" : response.body };
  }
}

function encodeOne(output: unknown, phases: Phases): InferenceResponse {
  const response: InferenceResponse =
    output instanceof Uint8Array
      ? { status: 200, headers: { "content-type": "application/octet-stream" }, body: output }
      : { status: 200, headers: { "content-type": "application/json" }, body: printJson(output) };
  phases.end("encode");
  return response;
}

function encodeMany(outputs: readonly unknown[], reply: "json" | "ndjson", phases: Phases): InferenceResponse {
  const response: InferenceResponse =
    reply === "json"
      ? { status: 200, headers: { "content-type": "application/json" }, body: printJson({ predictions: outputs }) }
      : {
          status: 200,
          headers: { "content-type": "application/x-ndjson" },
          body: outputs.map((output) => `${printJson(output)}\n`).join(""),
        };
  phases.end("encode");
  return response;
}

function json(status: number, value: unknown): InferenceResponse {
  return { status, headers: { "content-type": "application/json" }, body: printJson(value) };
}

function noSuchRoute({ method, path }: InferenceRequest): TricastError {
  const known = Object.entries(ROUTES).map(([route, { methods }]) => `${methods.join("/")} ${route}`);
  return new TricastError("not-found", `There is no ${method} ${path}; routes: ${known.join(", ")}`);
}

function wrongMethod(route: Route, { method, path }: InferenceRequest): TricastError {
  const allow = allowed(route);
  return new TricastError("method-not-allowed", `${path} does not take ${method}; it takes ${allow}`, {
    headers: { allow },
  });
}

function tooLate(): TricastError {
  return new TricastError(
    "deadline-exceeded",
    "The prediction did not finish before the deadline; raise the timeout or send less at once",
  );
}

function stillLoading(): TricastError {
  return new TricastError("model-loading", "The model is still loading; try again", { retryAfterSeconds: 1 });
}
