import { giveUpAt, RequestContext } from "../context.ts";
import { Deadlines } from "../deadline.ts";
import { codedByEngine, codedByPredict, type Engine } from "../engine.ts";
import { TricastError } from "../errors.ts";
import { answerHeaders, KEY_HEADER } from "../http/answer-headers.ts";
import { isPromise } from "../is-promise.ts";
import type { Generation, View } from "../model/generation.ts";
import { type Lifecycle, shuttingDown } from "../model/lifecycle.ts";
import type { Platform } from "../platform.ts";
import type { AnyPredictor } from "../predictor.ts";
import type {
  BodyLimits,
  Call,
  Guard,
  InferenceRequest,
  InferenceResponse,
  Invocation,
  ReceivedRequest,
} from "../seam.ts";
import { InFlight } from "./in-flight.ts";
import { Pending } from "./pending.ts";
import { isReceived, receive } from "./receive.ts";
import { isStream, WatchedBody } from "./stream.ts";

export interface PipelineParts {
  readonly predictor: AnyPredictor;
  readonly version: string;
  readonly platform: Platform;
  readonly lifecycle: Lifecycle;
  readonly guard: Guard | undefined;
  readonly limits: BodyLimits;
}

/** How a protocol decodes inputs and encodes predictions. */
export interface Codec<T extends Encodable> {
  decode(request: ReceivedRequest, engine: Engine): Call | Promise<Call>;
  encode(value: unknown, call: Call, view: View): T;
}

interface Encodable {
  readonly headers: InferenceResponse["headers"];
  readonly body?: unknown;
}

/**
 * The steps of every prediction in every protocol: admit, read, decode, validate, predict, validate, encode.
 * Its deadline, or a client that goes away, ends it at any step.
 */
export class Pipeline {
  readonly inFlight = new InFlight();
  readonly deadlines = new Deadlines();
  private readonly parts: PipelineParts;
  private readonly lateError = (): TricastError =>
    this.parts.lifecycle.ready === undefined ? stillLoading() : tooLate();
  private closing = false;

  constructor(parts: PipelineParts) {
    this.parts = parts;
  }

  /** Refuses predictions from now on: a busy caller could otherwise keep a stopping instance busy. */
  close(): void {
    this.closing = true;
  }

  /** @throws {TricastError} `shutting-down`. */
  begin(invocation: Invocation, coldStart: boolean): Pending {
    if (this.closing) throw shuttingDown();
    const pending = new Pending(invocation, coldStart, this.lateError);
    this.inFlight.enter();
    const deadline = giveUpAt(invocation, this.parts.predictor.definition.limits?.timeoutMs);
    if (deadline === undefined) return pending;
    pending.deadline = deadline;
    this.deadlines.add(pending);
    return pending;
  }

  /**
   * Settles with the response, or when the deadline or the client stops the prediction. `recover` gets the first error,
   * which may lack a code, and returns a response for it or throws.
   */
  run<T extends Encodable>(
    pending: Pending,
    request: InferenceRequest,
    codec: Codec<T>,
    recover: (error: unknown) => T,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const fail = (error: unknown): void => {
        // Work that was stopped may fail later.
        if (pending.ended) return;
        this.end(pending);
        try {
          resolve(recover(error));
        } catch (coded) {
          reject(coded);
        }
      };
      pending.onStop = fail;
      void this.answer(pending, request, codec, resolve, fail);
    });
  }

  private end(pending: Pending): void {
    if (pending.ended) return;
    pending.end();
    this.deadlines.delete(pending);
    this.inFlight.leave();
  }

  /** Calls `resolve` or `fail` itself, which saves a promise and two callbacks. */
  private async answer<T extends Encodable>(
    pending: Pending,
    request: InferenceRequest,
    codec: Codec<T>,
    resolve: (answer: T) => void,
    fail: (error: unknown) => void,
  ): Promise<void> {
    const { phases } = pending;
    let generation: Generation | undefined;
    let view: View | undefined;
    try {
      const received = this.isReceived(request) ? request : await this.receive(pending, request);
      const ready = this.parts.lifecycle.ready ?? (await this.waitForModels(pending));
      pending.refuseStopped();
      view = ready.view(received.headers[KEY_HEADER] ?? pending.invocation.id);
      pending.version = view.version;
      ready.enter();
      generation = ready;
      phases.begin("decode");
      const decoded = codec.decode(received, view.engine);
      const call = isPromise(decoded) ? await decoded : decoded;
      const context = this.contextOf(pending, received, view, call);
      phases.begin("run");
      const value = await phases.within(predict, view.engine, call, context);
      pending.refuseStopped();
      phases.begin("encode");
      const encoded = codec.encode(value, call, view);
      phases.end();
      const answer = { ...encoded, headers: this.headers(pending, received, encoded, context) };
      if (isStream(answer.body)) return resolve({ ...answer, body: this.watch(answer.body, ready, pending) });
      ready.leave();
      this.end(pending);
      resolve(answer);
    } catch (error) {
      generation?.leave();
      // Errors of user code may lack a code.
      fail(phases.current === "run" && view !== undefined ? codedByEngine(error, view.engine) : error);
    }
  }

  private isReceived(request: InferenceRequest): request is ReceivedRequest {
    return this.parts.guard === undefined && isReceived(request);
  }

  private async receive(pending: Pending, request: InferenceRequest): Promise<ReceivedRequest> {
    const { guard, limits } = this.parts;
    pending.refuseStopped();
    pending.phases.begin("wait");
    const received = await receive(request, pending.invocation, { guard, limits, readsBody: true });
    pending.hold(received.lease);
    return received.request;
  }

  private async waitForModels({ phases }: Pending): Promise<Generation> {
    const { lifecycle } = this.parts;
    phases.begin("wait");
    const generation = await lifecycle.generation();
    phases.add("load", lifecycle.timings.loadMs);
    phases.add("warm", lifecycle.timings.warmMs);
    return generation;
  }

  private contextOf(pending: Pending, request: ReceivedRequest, view: View, call: Call): RequestContext {
    const { version, platform } = this.parts;
    pending.call = call;
    pending.refuseStopped();
    const context = new RequestContext(view, version, platform, request, pending.invocation, call.parameters);
    pending.enter(context);
    return context;
  }

  private headers(
    { invocation, coldStart, phases, version }: Pending,
    head: ReceivedRequest,
    encoded: Encodable,
    context: RequestContext,
  ): InferenceResponse["headers"] {
    const { cors } = this.parts.predictor.definition;
    const own = context.ownHeaders();
    const headers = own === undefined ? encoded.headers : { ...encoded.headers, ...own };
    return answerHeaders({ invocation, coldStart, timing: phases.toString(), version, cors, head }, headers);
  }

  /** Keeps the models loaded and the request in flight until the stream ends. */
  private watch(body: AsyncIterable<Uint8Array>, generation: Generation, pending: Pending): WatchedBody {
    const end = (): void => {
      generation.leave();
      this.end(pending);
    };
    const watched = new WatchedBody(body, end, (error) => codedByPredict(error));
    pending.onStop = (reason) => watched.fail(reason);
    return watched;
  }
}

function predict(engine: Engine, call: Call, context: RequestContext): unknown {
  if (call.kind === "one") return engine.one(call.input, context);
  if (call.kind === "many") return engine.many(call.inputs, call.pointer, context);
  if (engine.zeroCode !== undefined) return engine.zeroCode.infer(call.tensors, call.outputs, context);
  throw new TricastError(
    "not-implemented",
    "This predictor has its own code, which takes inputs, not tensors; send inputs",
  );
}

function tooLate(): TricastError {
  return new TricastError(
    "deadline-exceeded",
    "The prediction did not finish before the deadline; raise the timeout or send less at once",
  );
}

export function stillLoading(): TricastError {
  return new TricastError("model-loading", "The model is still loading; try again", { retryAfterSeconds: 1 });
}
