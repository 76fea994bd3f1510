import {
  type Adapter,
  bind,
  createLogger,
  type Invocation,
  type Service,
  type WholeResponse,
} from "@tricast/core/adapter";
import type { LambdaContext } from "../context.ts";
import { InvocationFailure } from "../failure.ts";
import { toInvocation } from "../invocation.ts";
import { AWS_LAMBDA } from "../platform.ts";
import { predictionRequest } from "./direct.ts";

export interface SqsRecord {
  readonly messageId: string;
  readonly body: string;
  readonly eventSourceARN?: string;
  readonly attributes?: { readonly MessageGroupId?: string };
}

export interface SqsEvent {
  readonly Records: readonly SqsRecord[];
}

/** Tells Lambda which messages to hand out again; needs `ReportBatchItemFailures` on the event source mapping. */
export interface SqsResult {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/** Messages in work at once. A batch may hold 10,000; the standard size is 10. */
const CONCURRENT_RECORDS = 10;

/** One message of a batch: traffic like any other, which is traced and recorded for itself. */
const recordAdapter: Adapter<SqsRecord, LambdaContext, WholeResponse> = {
  platform: AWS_LAMBDA,
  toPing: () => undefined,
  toInvocation: recordInvocation,
  toRequest: ({ body }) => predictionRequest(body),
  toResult: (response) => response,
  toPong: () => NO_REPLY,
};

const NO_REPLY: WholeResponse = { status: 200, headers: {}, body: "" };

/**
 * One prediction for each message. What a predictor does with its result is up to the predictor: SQS takes no answer.
 * In a FIFO queue the messages of one group run in order, and those after a failed one are handed back unread,
 * because a message may not overtake another (docs.aws.amazon.com, services-sqs-errorhandling).
 */
export function sqsConsumer(service: Service): (event: SqsEvent, context: LambdaContext) => Promise<SqsResult> {
  const handle = bind(service, recordAdapter);
  return async ({ Records }, context) => {
    const failed: { itemIdentifier: string }[] = [];
    const queues = toQueues(Records);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let queue = queues[next++]; queue !== undefined; queue = queues[next++]) {
        for (const { messageId } of await fromFirstFailure(handle, queue, context))
          failed.push({ itemIdentifier: messageId });
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENT_RECORDS, queues.length) }, work));
    return { batchItemFailures: failed };
  };
}

/** Runs in order and returns what is left from the first failure on. */
async function fromFirstFailure(
  handle: (record: SqsRecord, context: LambdaContext) => Promise<WholeResponse>,
  queue: readonly SqsRecord[],
  context: LambdaContext,
): Promise<readonly SqsRecord[]> {
  for (const [index, record] of queue.entries()) {
    const failure = InvocationFailure.from(await handle(record, context));
    if (failure === undefined) continue;
    reportFailure(failure, record, context);
    return queue.slice(index);
  }
  return [];
}

/** The service logs our own faults in full; a message that cannot be predicted would otherwise disappear without a line. */
function reportFailure({ name: code, message: detail }: Error, record: SqsRecord, context: LambdaContext): void {
  const log = createLogger(AWS_LAMBDA, recordInvocation(record, context));
  log.warn("SQS message handed back", { messageId: record.messageId, code, detail });
}

/** Records that must run in order, each order by itself: one a record, or one a message group of a FIFO queue. */
function toQueues(records: readonly SqsRecord[]): SqsRecord[][] {
  const groups = new Map<string, SqsRecord[]>();
  for (const record of records) {
    const group =
      record.eventSourceARN?.endsWith(".fifo") === true
        ? `group ${record.attributes?.MessageGroupId}`
        : record.messageId;
    const queue = groups.get(group);
    if (queue === undefined) groups.set(group, [record]);
    else queue.push(record);
  }
  return [...groups.values()];
}

/** One invocation handles many messages, so the id says which. */
function recordInvocation(record: SqsRecord, context: LambdaContext): Invocation {
  const invocation = toInvocation(context);
  return { ...invocation, id: `${invocation.id}/${record.messageId}` };
}
