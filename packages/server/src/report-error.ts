import { createLogger, ERRORS, type Invocation, isTricastError, messageOf, TricastError } from "@tricast/core";
import { SERVER } from "./platform.ts";

/**
 * Logs an error by the rule of the core, and gives it a code where it has none. Not for errors that a service throws:
 * it has logged them.
 */
export function reportError(error: unknown, invocation: Invocation): TricastError {
  const coded = isCoded(error)
    ? error
    : new TricastError("internal", `unexpected: ${messageOf(error)}`, { cause: error });
  const { code, message } = coded;
  const log = createLogger(SERVER, invocation);
  if (coded.retryAfterSeconds !== undefined) log.warn(message, { code });
  else if (ERRORS[code].status >= 500) log.error(message, { code, error: coded });
  else log.debug(message, { code, error: coded });
  return coded;
}

/** Whether this core has a row for the error. */
export function isCoded(error: unknown): error is TricastError {
  return isTricastError(error) && Object.hasOwn(ERRORS, error.code);
}
