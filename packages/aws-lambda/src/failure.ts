import { ERRORS, type WholeResponse } from "@tricast/core/adapter";

/**
 * A failed invocation without HTTP. Its `name` is the error's code, and its message is safe for clients. Lambda returns
 * them to the caller as `errorType` and `errorMessage`.
 */
export class InvocationFailure extends Error {
  readonly status: number;

  constructor(code: string, detail: string, status: number) {
    super(detail);
    this.name = code;
    this.status = status;
    // Lambda sends the stack to the caller as `trace`; ours would only show the path of this file.
    this.stack = `${code}: ${detail}`;
  }

  /** `undefined` for a response that is not a problem. */
  static from({ status, outcome }: WholeResponse): InvocationFailure | undefined {
    const error = outcome?.error;
    if (error === undefined) return undefined;
    const { expose, title } = ERRORS[error.code];
    return new InvocationFailure(error.code, expose ? error.message : title, status);
  }
}
