/** What this package reads of the context that Lambda's runtime client passes (aws-lambda-ric 4.0.2, ContextBuilder). */
export interface LambdaContext {
  readonly awsRequestId: string;
  /** Milliseconds left before Lambda kills the invocation; negative once it is over. */
  getRemainingTimeInMillis(): number;
}
