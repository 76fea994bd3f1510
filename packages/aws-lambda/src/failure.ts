import type { InferenceResponse } from "@tricast/core";

/**
 * A failed invocation without HTTP. Its `name` is the problem's code and its message the problem's detail,
 * which Lambda hands the caller as `errorType` and `errorMessage`.
 */
export class InvocationFailure extends Error {
  readonly status: number;

  constructor(code: string, detail: string, status: number) {
    super(detail);
    this.name = code;
    this.status = status;
    // Lambda sends the stack to the caller as `trace`; ours would show only where this file lies.
    this.stack = `${code}: ${detail}`;
  }

  static from(response: InferenceResponse): InvocationFailure {
    const problem = parseProblem(response.body);
    return new InvocationFailure(
      problem.code ?? "internal",
      problem.detail ?? problem.title ?? `status ${response.status}`,
      response.status,
    );
  }
}

interface Problem {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
}

function parseProblem(body: string | Uint8Array): Problem {
  try {
    return JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString("utf8"));
  } catch {
    return {};
  }
}
