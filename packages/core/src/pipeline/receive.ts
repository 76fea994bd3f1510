import { inflate } from "../body/inflate.ts";
import { sizeOver } from "../body/text.ts";
import { TricastError } from "../errors.ts";
import { isPromise } from "../is-promise.ts";
import type {
  BodyLimits,
  BodyReader,
  Charge,
  Guard,
  InferenceRequest,
  Invocation,
  Lease,
  ReadyBody,
  ReceivedRequest,
  RequestHead,
} from "../seam.ts";

export interface Reception {
  /** Default: admits all. */
  readonly guard?: Guard | undefined;
  /** Whether the route takes a body. If not, the body is not read. */
  readonly readsBody: boolean;
  readonly limits: BodyLimits;
}

export interface Received {
  readonly request: ReceivedRequest;
  /** The guard's lease. The caller releases it when the response has ended. */
  readonly lease: Lease | undefined;
}

/** Whether a request does not need {@link receive}: its body is ready and plain. */
export function isReceived(request: InferenceRequest): request is ReceivedRequest {
  return !isReader(request.body) && request.headers["content-encoding"] === undefined;
}

/**
 * Asks the guard, then reads the body, inflates it and removes `content-encoding` from the headers.
 * Waits for the turn of the lease.
 * @throws {TricastError} errors of the guard, the body's reader and the turn; `body-too-large`, `unsupported-encoding`,
 * `invalid-body`. The lease is then released.
 */
export async function receive(
  request: InferenceRequest,
  invocation: Invocation,
  { guard, readsBody, limits }: Reception,
): Promise<Received> {
  const entered = guard?.(request, invocation);
  const lease = isPromise(entered) ? await entered : entered;
  try {
    const received = readsBody ? await withBody(request, limits, lease?.charge?.bind(lease)) : withoutBody(request);
    const turn = lease?.turn?.();
    if (turn !== undefined) await turn;
    return { request: received, lease };
  } catch (error) {
    lease?.release();
    throw error;
  }
}

async function withBody(
  request: InferenceRequest,
  limits: BodyLimits,
  charge: Charge | undefined,
): Promise<ReceivedRequest> {
  const { headers } = request;
  const body = isReader(request.body) ? await request.body.read(limits, charge) : request.body;
  const encoding = headers["content-encoding"];
  if (body === undefined || encoding === undefined) return { ...request, body, charge };
  refuseOversized(body, limits);
  const plain = await inflate(body, encoding, limits.maxBytes, charge);
  // Without a prototype: a client may send a header named `constructor`.
  const rest: Record<string, string> = Object.assign(Object.create(null), headers);
  delete rest["content-encoding"];
  return { ...request, headers: rest, body: plain, charge };
}

function withoutBody({ method, path, query, headers }: RequestHead): ReceivedRequest {
  return { method, path, query, headers, body: undefined };
}

function isReader(body: ReadyBody | BodyReader): body is BodyReader {
  return typeof body === "object" && !(body instanceof Uint8Array);
}

/** @throws {TricastError} `body-too-large`. */
export function refuseOversized(body: string | Uint8Array, limits: BodyLimits): void {
  const size = sizeOver(body, limits.maxBytes);
  if (size !== undefined) throw bodyTooLarge(String(size), limits);
}

/** `size` in bytes, or words such as `more than 1000`. */
export function bodyTooLarge(size: string, { maxBytes, name }: BodyLimits): TricastError {
  return new TricastError("body-too-large", `The body is ${size} bytes; the limit is ${maxBytes} (${name})`);
}
