import { bind, type Service } from "@tricast/core/adapter";
import type { LambdaContext } from "../context.ts";
import { InvocationFailure } from "../failure.ts";
import { eventAdapter, predictionRequest } from "./direct.ts";

/** A notification of an SNS topic (docs.aws.amazon.com/lambda/latest/dg/with-sns.html). Its message is the input. */
export interface SnsEvent {
  /** Every event seen so far has one record. */
  readonly Records: readonly SnsRecord[];
}

export interface SnsRecord {
  readonly Sns: { readonly Message: string };
}

/**
 * The prediction, as the result of an asynchronous invocation, or the first failure, for which Lambda sends the event again.
 * Several records run in turn, and the result is a list of predictions.
 */
export function snsConsumer(service: Service): (event: SnsEvent, context: LambdaContext) => Promise<unknown> {
  const handle = bind(
    service,
    eventAdapter(({ Sns }: SnsRecord) => predictionRequest(Sns.Message)),
  );
  return async ({ Records }, context) => {
    const results: unknown[] = [];
    for (const record of Records) {
      const result = await handle(record, context);
      if (result instanceof InvocationFailure) return result;
      results.push(result);
    }
    return results.length === 1 ? results[0] : results;
  };
}
