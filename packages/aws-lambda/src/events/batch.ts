import { type Adapter, bind, createLogger, type Service, type WholeResponse } from "@tricast/core/adapter";
import type { LambdaContext } from "../context.ts";
import { InvocationFailure } from "../failure.ts";
import { toItemInvocation } from "../invocation.ts";
import { AWS_LAMBDA } from "../platform.ts";
import { predictionRequest } from "./direct.ts";
import { testFor } from "./shape.ts";

/** One record of a batch. It is traced and recorded like a request of its own. */
export interface BatchItem {
  /** The name of the record in the reply. */
  readonly id: string;
  /** Items of one queue run in order. Items after a failed one are returned unread. */
  readonly queue: string;
  /** The input as JSON. @throws {TricastError} for a record without one. */
  body(): string | Uint8Array;
}

export interface BatchSource<Record> {
  /** Names a record in log lines: `SQS message`. */
  readonly name: string;
  /** The item of a record; `[]` for a record that is skipped. */
  toItem(record: Record): BatchItem | [];
  /** Whether the reply names only the first record that failed: Lambda sends that one and all after it again. */
  readonly isStream: boolean;
}

export interface BatchEvent<Record> {
  readonly Records: readonly Record[];
}

/** Names the records that Lambda must send again; needs `ReportBatchItemFailures` on the event source mapping. */
export interface BatchResult {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/** Items that run at once. A batch may hold 10,000; the standard size is 10. */
const CONCURRENT_ITEMS = 10;

/** An item, or the whole batch, which has no id of its own. */
type Unit = Pick<BatchItem, "body"> & { readonly id?: string };

const unitAdapter: Adapter<Unit, LambdaContext, WholeResponse> = {
  // Results are not returned, so their size does not matter.
  platform: { ...AWS_LAMBDA, replyBytes: Number.POSITIVE_INFINITY },
  toPing: () => undefined,
  toInvocation: ({ id }, context) => toItemInvocation(context, id),
  toRequest: (unit) => predictionRequest(unit.body()),
  toResult: (response) => response,
  toPong: () => NO_REPLY,
};

const NO_REPLY: WholeResponse = { status: 200, headers: {}, body: "" };

/**
 * One prediction for each record, or if `joins` is set, one request for all of them. The event source ignores results, so
 * the predictor stores or sends them itself. A record may run twice, as with every source of batches.
 *
 * @throws {InvocationFailure} if no record was served: a mapping without `ReportBatchItemFailures` would delete them.
 */
export function batchConsumer<Record>(
  service: Service,
  source: BatchSource<Record>,
  joins: boolean,
): (event: BatchEvent<Record>, context: LambdaContext) => Promise<BatchResult> {
  const handle = bind(service, unitAdapter);
  return async ({ Records }, context) => {
    const run: Run = async (unit) => InvocationFailure.from(await handle(unit, context));
    const items = Records.flatMap((record) => source.toItem(record));
    const queues = [...Map.groupBy(items, ({ queue }) => queue).values()];
    const left = joins ? await runJoined(queues, run) : queues;
    const failures = await runQueues(left, async (item) => {
      const failure = await run(item);
      if (failure !== undefined) reportFailure(failure, source, item, context);
      return failure;
    });
    const handedBack = items.filter((item) => failures.has(item));
    const [first] = handedBack;
    if (first !== undefined && handedBack.length === items.length)
      throw allFailed(failures.get(first) as InvocationFailure, source, handedBack);
    const named = source.isStream ? handedBack.slice(0, 1) : handedBack;
    return { batchItemFailures: named.map(({ id }) => ({ itemIdentifier: id })) };
  };
}

/** Settles with the failure, or `undefined` for success. */
type Run = (unit: Unit) => Promise<InvocationFailure | undefined>;

/**
 * Runs the items that can share a request, and returns the rest of the queues. If the shared request fails, it returns
 * all queues, so that one bad item does not fail the others.
 */
async function runJoined(queues: readonly BatchItem[][], run: Run): Promise<readonly BatchItem[][]> {
  const inputs: string[] = [];
  const left: BatchItem[][] = [];
  for (const queue of queues) {
    const texts = queue.map(toInstance);
    const end = texts.includes(undefined) ? texts.indexOf(undefined) : texts.length;
    inputs.push(...(texts.slice(0, end) as string[]));
    if (end < queue.length) left.push(queue.slice(end));
  }
  if (inputs.length < 2) return queues;
  const body = `{"instances":[${inputs.join(",")}]}`;
  return (await run({ body: () => body })) === undefined ? left : queues;
}

const isBatch = testFor({ instances: [] });

/** The text of one JSON value, as a member of `instances`. `undefined` for an item that is not one, or is a batch itself. */
function toInstance(item: BatchItem): string | undefined {
  try {
    const text = item.body();
    const value: unknown = typeof text === "string" ? JSON.parse(text) : undefined;
    return value === undefined || isBatch(value) ? undefined : (text as string);
  } catch {
    return undefined;
  }
}

/** Every item to return, with the failure of its queue: the failed item and those after it, which are not read. */
async function runQueues(
  queues: readonly BatchItem[][],
  run: (item: BatchItem) => ReturnType<Run>,
): Promise<ReadonlyMap<BatchItem, InvocationFailure>> {
  const failures = new Map<BatchItem, InvocationFailure>();
  const waiting = queues.values();
  const work = async (): Promise<void> => {
    for (const queue of waiting) await runQueue(queue, run, failures);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_ITEMS, queues.length) }, work));
  return failures;
}

async function runQueue(
  queue: readonly BatchItem[],
  run: (item: BatchItem) => ReturnType<Run>,
  failures: Map<BatchItem, InvocationFailure>,
): Promise<void> {
  for (const [index, item] of queue.entries()) {
    const failure = await run(item);
    if (failure === undefined) continue;
    for (const unserved of queue.slice(index)) failures.set(unserved, failure);
    return;
  }
}

/** The core logs only our own faults in full. Without this line, the log would not show a message that cannot be predicted. */
function reportFailure(
  { name: code, message: detail }: Error,
  { name }: { readonly name: string },
  item: BatchItem,
  context: LambdaContext,
): void {
  createLogger(AWS_LAMBDA, toItemInvocation(context, item.id)).warn(`${name} reported as failed`, {
    messageId: item.id,
    code,
    detail,
  });
}

function allFailed(
  { name: code, message, status }: InvocationFailure,
  { name }: { readonly name: string },
  items: readonly BatchItem[],
): InvocationFailure {
  const detail = `0 of ${items.length} ${name}s were predicted; the first, ${items[0]?.id}, failed: ${message}`;
  return new InvocationFailure(code, detail, status);
}
