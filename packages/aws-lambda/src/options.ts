import { refuseUnknown } from "@tricast/core/adapter";

export interface LambdaOptions {
  /**
   * A path that means `/`, such as `/iris` if a custom domain or a load balancer mounts the function there.
   * Default: none. All other routes are found by the last segment of the path, with any path before it.
   */
  readonly basePath?: string;
}

/** @throws {TricastError} `invalid-option`, naming the option and the nearest known one. */
export function checkOptions(options: LambdaOptions): LambdaOptions {
  refuseUnknown(options, ["basePath"], "lambda()");
  return options;
}
