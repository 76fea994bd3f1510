import { ERRORS, type TricastError } from "../errors.ts";
import { createLogger, type LogFields } from "../log.ts";
import type { PlatformTraits } from "../platform.ts";
import type { Invocation } from "../seam.ts";
import { withCode } from "./problem.ts";

/** Logs an error at the level of its code, and adds a code if it has none. `fields` are added to the line. */
export function reportError(
  error: unknown,
  platform: PlatformTraits,
  invocation: Invocation,
  fields: LogFields = {},
): TricastError {
  const coded = withCode(error, "internal", "unexpected");
  const { code, message } = coded;
  const log = createLogger(platform, invocation);
  // The failed load was logged in full when it happened. Each request that it affects adds one short line.
  if (coded.retryAfterSeconds !== undefined) log.warn(message, { ...fields, code });
  else if (ERRORS[code].status >= 500) log.error(message, { ...fields, code, error: coded });
  else log.debug(message, { ...fields, code, error: coded });
  return coded;
}
