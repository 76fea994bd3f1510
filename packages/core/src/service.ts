import { DEFAULT_BODY_BYTES, decodeBody, refuseTooMany } from "./body/decode.ts";
import { blameDepth } from "./body/depth.ts";
import { encodeOutput } from "./body/encode.ts";
import { streamWithin } from "./body/json.ts";
import { giveUpAt } from "./context.ts";
import { describeService } from "./describe.ts";
import { type ErrorCode, TricastError } from "./errors.ts";
import { Answers, type Asked } from "./http/answers.ts";
import { toProblem } from "./http/problem.ts";
import { isPreflight, ReadRoutes } from "./http/read-routes.ts";
import { findRoute, type Route } from "./http/routes.ts";
import { claimColdStart } from "./instance.ts";
import { createLogger } from "./log.ts";
import type { Generation } from "./model/generation.ts";
import { Lifecycle } from "./model/lifecycle.ts";
import { refuseUnknown, show } from "./options.ts";
import type { Pending } from "./pipeline/pending.ts";
import { type Codec, Pipeline } from "./pipeline/pipeline.ts";
import { isStream } from "./pipeline/stream.ts";
import { checkPlatform, LOCAL, type Platform, type PlatformTraits } from "./platform.ts";
import { type AnyPredictor, isPredictor } from "./predictor.ts";
import { registry } from "./registry.ts";
import type {
  Answer,
  BodyLimits,
  Call,
  Description,
  Guard,
  InferenceRequest,
  InferenceResponse,
  Invocation,
  Lease,
  LoadedModels,
  Outcome,
  ReceivedRequest,
  RequestHead,
  Service,
  ServiceState,
  WholeResponse,
} from "./seam.ts";
import { predictExamples } from "./warmup/examples.ts";
import type { WarmupPing, WarmupReport } from "./warmup/ping.ts";

export interface ServiceOptions {
  /** Default: {@link LOCAL}. */
  readonly platform?: PlatformTraits;
  /** A path that means `/`, such as `/iris` where a gateway mounts the predictor there. */
  readonly basePath?: string | undefined;
  /**
   * Admits or refuses requests before their bodies are read. Not called for `/health`, `/ready` and preflights.
   * Default: admits all.
   */
  readonly guard?: Guard | undefined;
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
      "The first argument is not a predictor; pass what definePredictor returned (is it the default export?)",
    );
  }
  refuseUnknown(options, ["platform", "basePath", "guard"], "createService");
  const { platform = LOCAL, basePath, guard } = options;
  if (basePath !== undefined && !/^\/(.*[^/])?$/.test(basePath)) {
    throw new TricastError(
      "invalid-option",
      `basePath is ${show(basePath)}; write it as /iris: a slash at the start, none at the end`,
    );
  }
  if (guard !== undefined && typeof guard !== "function")
    throw new TricastError("invalid-option", `guard is ${show(guard)}; it must be a function`);
  return new PredictorService(predictor, checkPlatform(platform), basePath, guard);
}

class PredictorService implements Service {
  readonly name: string;
  private readonly predictor: AnyPredictor;
  private readonly platform: Platform;
  private readonly basePath: string | undefined;
  private readonly guard: Guard | undefined;
  private readonly version: string;
  private readonly answers: Answers;
  private readonly lifecycle: Lifecycle;
  private readonly pipeline: Pipeline;
  private readonly readRoutes: ReadRoutes;
  private readonly codec: Codec<InferenceResponse>;
  private sawInvocation = false;
  private closed: Promise<void> | undefined;
  private described: { readonly generation: Generation; readonly description: Promise<Description> } | undefined;

  constructor(predictor: AnyPredictor, platform: Platform, basePath: string | undefined, guard: Guard | undefined) {
    const { name, version = "1" } = predictor.definition;
    this.predictor = predictor;
    this.platform = platform;
    this.basePath = basePath;
    this.guard = guard;
    this.name = name;
    this.version = version;
    this.answers = new Answers(predictor, platform);
    this.lifecycle = new Lifecycle(predictor, platform, createLogger(platform), (view) =>
      predictExamples(predictor, platform, view),
    );
    const { lifecycle } = this;
    const limits = limitsOf(predictor, platform);
    this.pipeline = new Pipeline({ predictor, version, platform, lifecycle, guard, limits });
    const { deadlines } = this.pipeline;
    this.readRoutes = new ReadRoutes({ predictor, version, platform: platform.name, lifecycle, deadlines });
    const outcome: Outcome = { operation: "predict", route: "/predict", predictor: name };
    this.codec = {
      decode: (request, { exactIntegers }) => decodeBody(request, predictor, limits, exactIntegers),
      encode: (value, call) => encodeOutput(value, call, outcome),
    };
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
      instance: registry().instance,
      state: code === undefined ? "ready" : "failed",
      coldStart,
      initializationType: this.platform.initializationType(),
      timings: { ...this.lifecycle.timings, heldMs },
      code,
    };
  }

  handle(request: InferenceRequest, invocation: Invocation): Promise<InferenceResponse> {
    const coldStart = this.sawInvocation ? false : this.claimColdStart();
    try {
      const route = findRoute(request.path, this.basePath);
      const asked = { invocation, coldStart, route, head: request };
      return route?.name === "predict" && request.method === "POST"
        ? this.predict(request, asked)
        : this.read(request, asked);
    } catch (error) {
      return Promise.resolve(this.problem(error, invocation));
    }
  }

  async call(call: Call, request: ReceivedRequest, invocation: Invocation): Promise<Answer> {
    const coldStart = this.sawInvocation ? false : this.claimColdStart();
    const pending = this.pipeline.begin(invocation, coldStart);
    const codec: Codec<Answer> = {
      decode: () => {
        if (call.kind === "many") refuseTooMany(call.inputs.length, this.predictor);
        return call;
      },
      encode(value, { kind }, { version }) {
        if (isStream(value) || (kind === "many" && (value as readonly unknown[]).some(isStream))) throw streamWithin();
        return { value, version, headers: {} };
      },
    };
    return this.pipeline.run(pending, request, codec, (error) => {
      throw this.failed(error, pending);
    });
  }

  problem(error: unknown, invocation: Invocation, head?: RequestHead): WholeResponse {
    const route = head === undefined ? undefined : findRoute(head.path, this.basePath);
    return this.answers.problem(error, { invocation, coldStart: false, route, head });
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

  close(): Promise<void> {
    this.closed ??= this.drain();
    return this.closed;
  }

  private async drain(): Promise<void> {
    this.pipeline.close();
    this.readRoutes.close();
    await this.pipeline.inFlight.idle();
    await this.lifecycle.close();
  }

  private predict(request: InferenceRequest, asked: Asked): Promise<InferenceResponse> {
    let pending: Pending;
    try {
      pending = this.pipeline.begin(asked.invocation, asked.coldStart);
    } catch (error) {
      return Promise.resolve(this.answers.problem(error, asked));
    }
    return this.pipeline.run(pending, request, this.codec, (error) => {
      const coded = this.failed(error, pending);
      const { phases, version } = pending;
      return this.answers.complete(toProblem(coded), { ...asked, timing: phases.toString(), version }, coded);
    });
  }

  /** The error of a prediction, with a code; logs it and adds it to the span. */
  private failed(error: unknown, { call, invocation, phases }: Pending): TricastError {
    const coded = this.answers.report(blameDepth(error, call), invocation);
    phases.end(coded.code);
    return coded;
  }

  private async read(request: InferenceRequest, asked: Asked): Promise<InferenceResponse> {
    const { inFlight } = this.pipeline;
    const { invocation, route } = asked;
    let lease: Lease | undefined;
    inFlight.enter();
    try {
      if (!isOpen(route, request)) lease = await this.guard?.(request, invocation);
      const deadline = giveUpAt(invocation, this.predictor.definition.limits?.timeoutMs);
      return this.answers.complete(await this.readRoutes.answer(route, request, deadline), asked);
    } catch (error) {
      return this.answers.problem(error, asked);
    } finally {
      lease?.release();
      inFlight.leave();
    }
  }

  private claimColdStart(): boolean {
    this.sawInvocation = true;
    return claimColdStart(this.platform);
  }

  private holdMs(ping: WarmupPing): number {
    // A single ping does not need to keep its instance busy.
    if (ping.concurrency === 1 && ping.holdMs === undefined) return 0;
    return Math.min(ping.holdMs ?? this.predictor.definition.warmup?.holdMs ?? DEFAULT_HOLD_MS, LONGEST_HOLD_MS);
  }
}

/** Answered without the guard: probes have no credentials, and preflights cannot have any. */
function isOpen(route: Route | undefined, request: RequestHead): boolean {
  return route?.name === "health" || route?.name === "ready" || isPreflight(request);
}

function limitsOf({ definition }: AnyPredictor, { name, requestBytes }: Platform): BodyLimits {
  const own = definition.limits?.bodyBytes ?? DEFAULT_BODY_BYTES;
  return requestBytes < own
    ? { maxBytes: requestBytes, name: `the limit of ${name}` }
    : { maxBytes: own, name: "limits.bodyBytes" };
}
