export type { LambdaContext } from "./context.ts";
export type { SqsEvent, SqsRecord, SqsResult } from "./events/sqs.ts";
export { InvocationFailure } from "./failure.ts";
export { type LambdaHandler, lambda } from "./lambda.ts";
export type { LambdaOptions } from "./options.ts";
