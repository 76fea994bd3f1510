import { type Decoded, decodeBody, refuseTooMany } from "./body/decode.ts";
import { blameDepth } from "./body/depth.ts";
import { printJson } from "./body/json.ts";
import { giveUpAt, RequestContext } from "./context.ts";
import { type Deadlined, Deadlines } from "./deadline.ts";
import { describeService } from "./describe.ts";
import { codedByPredict, type Engine } from "./engine.ts";
import { ERRORS, type ErrorCode, TricastError } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { corsHeaders, preflightHeaders } from "./http/cors.ts";
import { describePredictor } from "./http/metadata.ts";
import { openApiDocument } from "./http/openapi.ts";
import { toProblem, withCode } from "./http/problem.ts";
import { allowed, findRoute, ROUTES, type Route } from "./http/routes.ts";
import { Phases } from "./http/server-timing.ts";
import { claimColdStart, initializationType } from "./instance.ts";
import { createLogger, type Logger } from "./log.ts";
import { isPromise } from "./model/cache.ts";
import type { Generation, View } from "./model/generation.ts";
import { Lifecycle, shuttingDown } from "./model/lifecycle.ts";
import { refuseUnknown, show } from "./options.ts";
import { PendingCall } from "./pending-call.ts";
import { type AnyPredictor, isPredictor } from "./predictor.ts";
import { registry } from "./registry.ts";
import type {
  Answer,
  Call,
  CallOptions,
  Description,
  InferenceRequest,
  InferenceResponse,
  Invocation,
  LoadedModels,
  Platform,
  Service,
  ServiceState,
} from "./seam.ts";
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
  /**
   * One of each object a warm request makes, kept because V8 throws optimised code away in a full collection when no
   * object of a hidden class it knows is left alive.
   */
  specimens: readonly unknown[] = [];
  private sawInvocation = false;
  private inFlight = 0;
  private whenIdle: (() => void) | undefined;
  private closing: Promise<void> | undefined;
  private described: { readonly generation: Generation; readonly description: Promise<Description> } | undefined;

  constructor(predictor: AnyPredictor, platform: Platform, basePath: string | undefined) {
    this.predictor = predictor;
    this.platform = platform;
    this.basePath = basePath;
    this.name = predictor.definition.name;
    this.version = predictor.definition.version ?? "1";
    this.log = createLogger(platform);
    this.lifecycle = new Lifecycle(predictor, platform, this.log, (view) => this.predictExamples(view));
  }

  start(): Promise<void> {
    return this.lifecycle.start();
  }

  models(): Promise<LoadedModels> {
    return this.lifecycle.models();
  }

  async warm(ping: WarmupPing = { kind: "manual", holdMs: 0 }): Promise<WarmupReport> {
    const coldStart = this.claimColdStart();
    const code = await this.lifecycle.generation().then(
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

  handle(request: InferenceRequest, invocation: Invocation): Promise<InferenceResponse> {
    const coldStart = this.sawInvocation ? false : this.claimColdStart();
    return new Promise((settle) => {
      this.begin(new Exchange(request, invocation, coldStart, settle, this.giveUp));
    });
  }

  private begin(exchange: Exchange): void {
    this.inFlight++;
    try {
      const { request, invocation } = exchange;
      const route = findRoute(request.path, this.basePath);
      const work =
        route?.name === "predict" && request.method === "POST"
          ? this.predict(exchange)
          : this.answer(route, request, invocation).then((response) => this.end(exchange, response));
      work?.catch((error: unknown) => this.fail(exchange, error));
    } catch (error) {
      this.fail(exchange, error);
    }
  }

  private end(exchange: Exchange, response: InferenceResponse): void {
    const { request, invocation, phases, coldStart } = exchange;
    const finished = this.finish(response, request, invocation, phases, coldStart);
    if (exchange.version !== undefined) addHeaders(finished, { [VERSION_HEADER]: exchange.version });
    exchange.ended = true;
    this.leave(exchange);
    exchange.settle(finished);
  }

  private leave(item: Deadlined): void {
    this.deadlines.delete(item);
    if (--this.inFlight === 0) this.whenIdle?.();
  }

  private fail(exchange: Exchange, error: unknown): void {
    if (exchange.ended) return;
    const { decoded, invocation } = exchange;
    this.end(exchange, this.toProblem(blameDepth(error, decoded), invocation));
  }

  /** Ends a prediction that is late; its signal aborts. */
  private readonly giveUp = (exchange: Exchange): void => {
    const error = this.lateError();
    exchange.context?.abort(error);
    this.fail(exchange, error);
  };

  private lateError(): TricastError {
    return this.lifecycle.ready === undefined ? stillLoading() : tooLate();
  }

  /** The client is gone: nobody reads the answer, but the prediction can stop. */
  private cancel(exchange: Exchange): void {
    const error = clientGone();
    exchange.context?.abort(error);
    this.fail(exchange, error);
  }

  get state(): ServiceState {
    return this.lifecycle.state;
  }

  get failureCode(): ErrorCode | undefined {
    return this.lifecycle.state === "failed" ? this.lifecycle.failure?.code : undefined;
  }

  get timings(): Service["timings"] {
    return this.lifecycle.timings;
  }

  async call(
    call: Call,
    request: InferenceRequest,
    invocation: Invocation,
    options: CallOptions = {},
  ): Promise<Answer> {
    if (this.closing !== undefined) throw shuttingDown();
    const coldStart = this.sawInvocation ? false : this.claimColdStart();
    const pending = new PendingCall(request, invocation, coldStart, () => this.lateError());
    this.inFlight++;
    this.watch(pending);
    const cancel = () => pending.stop(clientGone());
    invocation.signal?.addEventListener("abort", cancel, { once: true });
    if (invocation.signal?.aborted) cancel();
    try {
      return await Promise.race([this.predictFor(pending, call, options.parameters ?? {}), pending.stopped]);
    } catch (error) {
      throw this.report(blameDepth(error, call), invocation);
    } finally {
      invocation.signal?.removeEventListener("abort", cancel);
      this.leave(pending);
    }
  }

  private async predictFor(
    pending: PendingCall,
    call: Call,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<Answer> {
    const { request, invocation, phases, coldStart } = pending;
    const generation = this.lifecycle.ready ?? (await this.lifecycle.generation());
    phases.end("wait");
    pending.refuseStopped();
    const view = viewOf(generation, pending);
    const context = new RequestContext(view, this.version, request, invocation, parameters);
    pending.context = context;
    if (call.kind === "many") refuseTooMany(call.inputs.length, this.predictor);
    generation.enter();
    try {
      const value = await run(view.engine, call, context);
      phases.end("predict");
      const answered: InferenceResponse = { status: 200, headers: context.ownHeaders() ?? {}, body: "" };
      const finished = this.finish(answered, request, invocation, phases, coldStart);
      if (view.version !== undefined) addHeaders(finished, { [VERSION_HEADER]: view.version });
      return { value, version: view.version, headers: finished.headers };
    } catch (error) {
      throw codedByPredict(error);
    } finally {
      generation.leave();
    }
  }

  async describe(): Promise<Description> {
    const generation = await this.lifecycle.generation();
    if (this.described?.generation !== generation)
      this.described = { generation, description: describeService(this.predictor, this.version, generation) };
    return this.described.description;
  }

  stats(): Record<string, Readonly<Record<string, number>>> {
    const stats: Record<string, Readonly<Record<string, number>>> = {};
    for (const { key, source, model } of this.lifecycle.ready?.parts ?? []) {
      const own = source.stats?.(model);
      if (own !== undefined) stats[key] = own;
    }
    return stats;
  }

  problem(error: unknown, invocation: Invocation, request?: InferenceRequest): InferenceResponse {
    return this.finish(this.toProblem(error, invocation), request, invocation, new Phases(), false);
  }

  private toProblem(error: unknown, invocation: Invocation): InferenceResponse {
    return toProblem(this.report(error, invocation));
  }

  /** Logs an error as its code asks for, and gives it one where it has none. */
  private report(error: unknown, invocation: Invocation): TricastError {
    const coded = withCode(error, "internal", "unexpected");
    const fields = { predictor: this.name, code: coded.code, error: coded };
    const log = createLogger(invocation.platform, invocation);
    // A failed load was logged in full when it happened; each request that meets it is one short line.
    if (coded.retryAfterSeconds !== undefined) log.warn(coded.message, { predictor: this.name, code: coded.code });
    else if (ERRORS[coded.code].status >= 500) log.error(coded.message, fields);
    else log.debug(coded.message, fields);
    return coded;
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

  /**
   * Goes on by calls, from here to `end`, and not by awaits: each async function on the way costs a request some 50 ns
   * and 450 bytes. A promise only where the models or the body have to be waited for.
   */
  private predict(exchange: Exchange): Promise<void> | undefined {
    // Else a busy caller could keep a stopping instance from ever being idle.
    if (this.closing !== undefined) throw shuttingDown();
    this.watch(exchange);
    exchange.invocation.signal?.addEventListener("abort", () => this.cancel(exchange), { once: true });
    const generation = this.lifecycle.ready;
    return generation === undefined ? this.waitAndDecode(exchange) : this.decode(exchange, generation);
  }

  private watch(exchange: Exchange | PendingCall): void {
    const deadline = giveUpAt(exchange.invocation, this.predictor.definition.limits?.timeoutMs);
    if (deadline === undefined) return;
    exchange.deadline = deadline;
    this.deadlines.add(exchange);
  }

  private async waitAndDecode(exchange: Exchange): Promise<void> {
    const generation = await this.lifecycle.generation();
    exchange.phases.add("load", this.lifecycle.timings.loadMs);
    exchange.phases.add("warm", this.lifecycle.timings.warmMs);
    exchange.phases.end("wait");
    await this.decode(exchange, generation);
  }

  private decode(exchange: Exchange, generation: Generation): Promise<void> | undefined {
    const view = viewOf(generation, exchange);
    exchange.version = view.version;
    const decoded = decodeBody(exchange.request, this.predictor, view.engine.exactIntegers);
    if (isPromise(decoded)) return this.runLater(exchange, generation, view, decoded);
    this.run(exchange, generation, view, decoded);
    return undefined;
  }

  /** Its models are kept while the body is inflated, or decoded by the predictor's own decoder. */
  private async runLater(
    exchange: Exchange,
    generation: Generation,
    view: View,
    decoded: Promise<Decoded>,
  ): Promise<void> {
    generation.enter();
    try {
      this.run(exchange, generation, view, await decoded);
    } finally {
      generation.leave();
    }
  }

  private run(exchange: Exchange, generation: Generation, view: View, decoded: Decoded): void {
    if (exchange.ended) return;
    exchange.phases.end("decode");
    const { request, invocation } = exchange;
    const context = new RequestContext(view, this.version, request, invocation, decoded.parameters);
    exchange.context = context;
    exchange.decoded = decoded;
    const { engine } = view;
    const work =
      decoded.kind === "single"
        ? engine.one(decoded.input, context)
        : engine.many(decoded.inputs, decoded.pointer, context);
    if (isPromise(work)) {
      generation.enter();
      work.then(
        (output) => {
          generation.leave();
          this.succeed(exchange, decoded, output);
        },
        (error: unknown) => {
          generation.leave();
          this.fail(exchange, codedByPredict(error));
        },
      );
    } else this.succeed(exchange, decoded, work);
  }

  private succeed(exchange: Exchange, decoded: Decoded, output: unknown): void {
    if (exchange.ended) return;
    const { phases } = exchange;
    try {
      phases.end("predict");
      const response =
        decoded.kind === "single" ? encodeOne(output) : encodeMany(output as readonly unknown[], decoded.reply);
      phases.end("encode");
      const own = exchange.context?.ownHeaders();
      this.end(exchange, own === undefined ? response : { ...response, headers: { ...response.headers, ...own } });
    } catch (error) {
      this.fail(exchange, error);
    }
  }

  /** The models, unless `deadline` comes first. */
  private generationBefore(deadline: number | undefined): Promise<Generation> {
    return this.deadlines.limit(this.lifecycle.generation(), deadline, stillLoading);
  }

  private async predictExamples(view: View): Promise<void> {
    for (const [index, example] of this.warmupExamples(view.engine).entries()) {
      try {
        const output = this.predictExample(view, example);
        if (isPromise(output)) await output;
      } catch (error) {
        const cause = codedByPredict(error);
        throw new TricastError(cause.code, `example ${index + 1}: ${cause.message}`, { cause });
      }
    }
  }

  private predictExample(view: View, example: unknown): unknown {
    const request = { method: "POST", path: "/predict", query: "", headers: {}, body: undefined };
    const invocation = { id: "warmup", platform: this.platform, native: undefined };
    const exchange = new Exchange(request, invocation, false, () => {}, this.giveUp);
    exchange.context = new RequestContext(view, this.version, request, invocation, {});
    exchange.phases.end("predict");
    this.specimens = [exchange, this.finish(encodeOne(null), request, invocation, exchange.phases, false)];
    return view.engine.one(example, exchange.context);
  }

  /** On a server all of them. Where a request may be waiting for the instance, one: it brings nearly all of the gain. */
  private warmupExamples(engine: Engine): readonly unknown[] {
    const { examples = [] } = this.predictor.definition;
    const first = examples[0] ?? engine.zeroCode?.sample();
    if (first === undefined) return [];
    return this.platform === "server" ? [first, ...examples.slice(1)] : [first];
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
        await this.generationBefore(deadline).catch(() => undefined);
        return json(200, describePredictor(this.predictor, this.version, this.platform, this.lifecycle));
      case "openapi":
        return json(200, await this.openApi(deadline));
      default:
        return json(200, { status: "ok" });
    }
  }

  private readiness(): InferenceResponse {
    // An instance that gets no traffic before it is ready has only this probe to load it, and to try again.
    void this.lifecycle.generation().catch(() => undefined);
    if (this.lifecycle.ready !== undefined && this.closing === undefined)
      return json(200, { ready: true, state: "ready" });
    const response = json(503, { ready: false, state: this.lifecycle.state, code: this.lifecycle.failure?.code });
    return { ...response, headers: { ...response.headers, "retry-after": "1" } };
  }

  private async openApi(deadline: number | undefined): Promise<unknown> {
    const { predict, predictBatch } = this.predictor.definition;
    // The schemas of a predictor without code are those of its model.
    const needsModel = predict === undefined && predictBatch === undefined;
    const generation = needsModel ? await this.generationBefore(deadline) : undefined;
    const zeroCode = generation?.view("").engine.zeroCode;
    return openApiDocument(this.predictor, this.version, zeroCode);
  }

  private finish(
    response: InferenceResponse,
    request: InferenceRequest | undefined,
    invocation: Invocation,
    phases: Phases,
    coldStart: boolean,
  ): InferenceResponse {
    const instance = this.instance;
    const cold = coldStart ? "true" : "false";
    const { id } = invocation;
    const timing = phases.toString();
    // Literals, because headers added or deleted one by one get a hidden class that dies with each full collection, or
    // none at all, and the optimised code that knew it dies too.
    const headers: Record<string, string | readonly string[]> =
      timing === ""
        ? { "x-tricast-instance": instance, "x-tricast-cold-start": cold, "x-request-id": id, ...response.headers }
        : {
            "x-tricast-instance": instance,
            "x-tricast-cold-start": cold,
            "x-request-id": id,
            "server-timing": timing,
            ...response.headers,
          };
    const { cors } = this.predictor.definition;
    if (cors !== undefined && request !== undefined) Object.assign(headers, corsHeaders(cors, request));
    return { status: response.status, headers, body: request?.method === "HEAD" ? "" : response.body };
  }
}

function viewOf(generation: Generation, { request, invocation }: Exchange | PendingCall): View {
  return generation.view(request.headers[KEY_HEADER] ?? invocation.id);
}

/** Where versions share the traffic, requests with the same value meet the same version. */
const KEY_HEADER = "x-tricast-key";
const VERSION_HEADER = "x-tricast-model-version";

function addHeaders(response: InferenceResponse, headers: Readonly<Record<string, string>>): void {
  Object.assign(response.headers, headers);
}

function run(engine: Engine, call: Call, context: RequestContext): unknown {
  if (call.kind === "one") return engine.one(call.input, context);
  if (call.kind === "many") return engine.many(call.inputs, call.pointer, context);
  if (engine.zeroCode !== undefined) return engine.zeroCode.infer(call.tensors, call.outputs, context);
  throw new TricastError(
    "not-implemented",
    "This predictor has code of its own, which takes inputs and not tensors; send inputs",
  );
}

function encodeOne(output: unknown): InferenceResponse {
  return output instanceof Uint8Array
    ? { status: 200, headers: { "content-type": "application/octet-stream" }, body: output }
    : { status: 200, headers: { "content-type": "application/json" }, body: printJson(output) };
}

function encodeMany(outputs: readonly unknown[], reply: "json" | "ndjson"): InferenceResponse {
  return reply === "json"
    ? { status: 200, headers: { "content-type": "application/json" }, body: printJson({ predictions: outputs }) }
    : {
        status: 200,
        headers: { "content-type": "application/x-ndjson" },
        body: outputs.map((output) => `${printJson(output)}\n`).join(""),
      };
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

function clientGone(): TricastError {
  return new TricastError("request-cancelled", "The client went away before the answer");
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
