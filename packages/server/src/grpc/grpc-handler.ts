import { TricastError } from "@tricast/core";
import {
  type InferenceRequest,
  type InferenceResponse,
  type Invocation,
  isKnownError,
  type Outcome,
  type ReceivedRequest,
  type RequestHandler,
  type RequestHead,
  receive,
  reportError,
  toBytes,
  type WholeResponse,
} from "@tricast/core/adapter";
import { answerAdmitted } from "../answer-admitted.ts";
import type { RequestGuard } from "../guard.ts";
import type { ModelHost } from "../model-host.ts";
import { SERVER } from "../platform.ts";
import type { GrpcMethod } from "./methods.ts";
import { toFailure } from "./status.ts";

export interface ServedMethod extends GrpcMethod {
  /** `/service/method`. */
  readonly path: string;
  serialize(message: object): Uint8Array;
}

/** Finds the method of a call, and applies the rules of the method's kind. */
export class GrpcHandler implements RequestHandler {
  private readonly host: ModelHost;
  private readonly guard: RequestGuard;
  private readonly methods: ReadonlyMap<string, ServedMethod>;
  private readonly open = new Map<Invocation, string>();

  constructor(host: ModelHost, guard: RequestGuard, methods: readonly ServedMethod[]) {
    this.host = host;
    this.guard = guard;
    this.methods = new Map(methods.map((method) => [method.path, method]));
  }

  async handle(request: InferenceRequest, invocation: Invocation): Promise<InferenceResponse> {
    const method = this.methods.get(request.path);
    this.open.set(invocation, (method ?? UNKNOWN).operation);
    try {
      if (method === undefined)
        throw new TricastError(
          "not-implemented",
          `The server has no method ${request.path}; it has those of inference.GRPCInferenceService and grpc.health.v1.Health`,
        );
      return await this.answer(request, method, invocation);
    } catch (error) {
      return this.refuse(reportError(error, SERVER, invocation), method, undefined);
    } finally {
      this.open.delete(invocation);
    }
  }

  /** The operations of calls without a response yet. */
  get unfinished(): readonly string[] {
    return [...this.open.values()];
  }

  problem(error: unknown, invocation: Invocation, head?: RequestHead): WholeResponse {
    const method = head === undefined ? undefined : this.methods.get(head.path);
    return this.refuse(reportError(error, SERVER, invocation), method, undefined);
  }

  private async answer(
    request: InferenceRequest,
    method: ServedMethod,
    invocation: Invocation,
  ): Promise<InferenceResponse> {
    const { kind, maxMessageBytes: maxBytes } = method;
    const reading = { readsBody: true, limits: { maxBytes, name: "the limit of the method" } };
    if (kind === "health") {
      const { request: received } = await receive(request, invocation, reading);
      return this.call(method, received, invocation);
    }
    const guard = (head: RequestHead) => this.guard.enter(head, invocation, kind);
    return answerAdmitted(request, invocation, { ...reading, guard }, (received) =>
      this.call(method, received, invocation),
    );
  }

  private async call(
    method: ServedMethod,
    { body = "", ...head }: ReceivedRequest,
    invocation: Invocation,
  ): Promise<InferenceResponse> {
    let message: unknown;
    try {
      message = method.read(toBytes(body), head.charge);
      const answered = await method.answer(message, { request: { ...head, body: undefined }, invocation });
      const outcome = this.outcomeOf(method, message, undefined);
      return { status: 200, headers: answered.headers, body: method.serialize(answered.message), outcome };
    } catch (error) {
      // An error with a code is the client's fault, or a service has logged it.
      return this.refuse(isKnownError(error) ? error : reportError(error, SERVER, invocation), method, message);
    }
  }

  /** The response for an error that is already logged. */
  private refuse(error: TricastError, method: ServedMethod | undefined, message: unknown): WholeResponse {
    return { ...toFailure(error), outcome: this.outcomeOf(method, message, error) };
  }

  private outcomeOf(
    method: ServedMethod | undefined,
    message: unknown,
    error: TricastError | undefined,
  ): Outcome | undefined {
    if (method?.kind === "health") return undefined;
    const { operation, path } = method ?? UNKNOWN;
    return { operation, route: path, predictor: this.modelIn(message), error };
  }

  /** Only the name of a served model: clients may send any name, and each would become a label of metrics. */
  private modelIn(message: unknown): string | undefined {
    const { model } = (message ?? {}) as { readonly model?: string };
    return model !== undefined && this.host.versions(model).length > 0 ? model : undefined;
  }
}

const UNKNOWN = { operation: "none", path: undefined };
