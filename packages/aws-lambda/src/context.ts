/** The members that this package reads of the context from Lambda's runtime client (aws-lambda-ric 4.0.2, ContextBuilder). */
export interface LambdaContext {
  readonly awsRequestId: string;
  /** Milliseconds left before Lambda kills the invocation; negative once it is over. */
  getRemainingTimeInMillis(): number;
}
